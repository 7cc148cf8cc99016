import type Docker from 'dockerode';
import {planRoot, type RootMount} from '../shared/root-plan.ts';
import type {DockerDriverOptions} from './docker-driver-options.ts';
import {withOpenWork} from './podman-files.ts';
import {ensurePulled} from './pull-image.ts';
import {ensureRootImage} from './root-image.ts';

/** What containers of one image are made from: an image of the daemon, and what is bound onto it. */
export interface ImageSource {
  readonly image: string;
  readonly mounts: readonly RootMount[];
}

/** Has the daemon hold everything that the options name. Throws `isolation-unavailable` for what it cannot get. */
export async function prepareImages(
  docker: Docker,
  {images, references = {}, onLog}: Pick<DockerDriverOptions, 'images' | 'references' | 'onLog'>,
  {isPodman, signal}: {readonly isPodman: boolean; readonly signal: AbortSignal | undefined},
): Promise<ReadonlyMap<string, ImageSource>> {
  const sources = new Map<string, ImageSource>();
  for (const image of images) {
    const {entries, mounts} = planRoot(image);
    const root = isPodman ? withOpenWork(entries) : entries;
    sources.set(image.name, {image: await ensureRootImage(docker, root), mounts});
  }
  for (const [name, reference] of Object.entries(references)) {
    await ensurePulled(docker, reference, {onProgress: (line) => onLog?.(line), signal});
    sources.set(name, {image: reference, mounts: []});
  }
  return sources;
}
