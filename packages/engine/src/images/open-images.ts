import {defineImage, type ImageStore} from '@sandglass/images';
import {HOST_IMAGE} from '@sandglass/languages';
import {SandglassError} from '@sandglass/protocol';
import type {ImageDefinition} from '@sandglass/sandbox';
import type {ImagePolicy} from './image-policy.ts';

/** The images that an operator offers, and which one is for whom. */
export interface OfferedImages {
  /** Without duplicates, at least one. */
  readonly definitions: readonly ImageDefinition[];
  readonly default: string;
  /** By language id. */
  readonly languages: Readonly<Record<string, string>>;
}

/**
 * Finds every offered image. `host` is described only when it is offered. Throws `unknown-image` for one that the store has not,
 * `configuration-invalid` for a default that is not offered.
 */
export async function openImages(
  policy: ImagePolicy,
  {store, host}: {readonly store: ImageStore; readonly host: () => Promise<ImageDefinition>},
): Promise<OfferedImages> {
  const names = [...new Set(policy.offered ?? [HOST_IMAGE])];
  const [first] = names;
  if (first === undefined) throw invalid('images.offered is empty; offer at least one, such as "host"');
  const wanted = [
    ['images.default', policy.default ?? first],
    ...Object.entries(policy.languages ?? {}).map(([language, name]) => [
      `images.languages (${language})`,
      name,
    ]),
  ];
  for (const [setting, name = ''] of wanted)
    if (!names.includes(name))
      throw invalid(`${setting} is "${name}", which is not in images.offered (${names.join(', ')})`);
  const definitions: ImageDefinition[] = [];
  for (const name of names)
    definitions.push(name === HOST_IMAGE ? await host() : defineImage(await store.get(name)));
  return {definitions, default: policy.default ?? first, languages: policy.languages ?? {}};
}

function invalid(why: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot use the settings of images: ${why}.`);
}
