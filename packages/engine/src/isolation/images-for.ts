import {type DriverName, SandglassError} from '@sandglass/protocol';
import type {ImageDefinition} from '@sandglass/sandbox';
import type {OfferedImages} from '../images/open-images.ts';

type TreeImage = ImageDefinition & Required<Pick<ImageDefinition, 'tree'>>;

/** The images that a machine's disk can be made of: each is one tree of files, which the host's toolchains are not. */
export function treeImages(images: readonly ImageDefinition[]): readonly TreeImage[] {
  return images.filter((image): image is TreeImage => image.tree !== undefined);
}

/**
 * What is offered at a level. Where the default is not to be had, the first that is takes its place. Throws `isolation-unavailable` when none
 * is.
 */
export function offeredAt(level: DriverName, images: OfferedImages): OfferedImages {
  if (level !== 'microvm') return images;
  const definitions = treeImages(images.definitions);
  const [first] = definitions;
  if (first === undefined)
    throw new SandglassError(
      'isolation-unavailable',
      'Cannot isolate with "microvm": no image is offered that a machine could start from; the host\'s toolchains are none. ' +
        'Make one with "sandglass images build debian" and offer it in images.offered.',
    );
  const has = (name: string): boolean => definitions.some((image) => image.name === name);
  return {
    definitions,
    default: has(images.default) ? images.default : first.name,
    languages: Object.fromEntries(Object.entries(images.languages).filter(([, name]) => has(name))),
  };
}
