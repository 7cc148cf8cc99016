import {lstat, readdir, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {ImageDefinition} from '../../image.ts';
import {diskPath} from './guest/disk-image.ts';
import {readTemplateSources} from './template-store.ts';

/** Longer than anything is in the making. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

export interface PrunedCache {
  readonly files: number;
  /** Room on the disk that became free. */
  readonly bytes: number;
}

/** Where a data folder keeps what machines are made of. */
export function microvmCacheFolder(dataDir: string): string {
  return join(dataDir, 'microvm');
}

/**
 * Removes what machines were made of and none of these images needs any more: disks, templates booted from them, kernels with an initial ramdisk that no
 * template boots from, and what a killed worker left half-made. Everything is named by what is in it, so what is needed again is made again. To be
 * called while no worker starts machines of images that are gone.
 */
export async function pruneMicrovmCache(
  cacheDir: string,
  images: readonly ImageDefinition[],
): Promise<PrunedCache> {
  const folder = (name: string): string => join(cacheDir, name);
  const needed = new Set<string>();
  for (const image of images) {
    const {tree} = image;
    if (tree !== undefined) needed.add(basename(await diskPath({...image, tree}, folder('disks'))));
  }
  const doomed: string[] = [];
  for (const name of await namesIn(folder('disks')))
    if (name.startsWith('.new-') ? await isAbandoned(join(folder('disks'), name)) : !needed.has(name))
      doomed.push(join(folder('disks'), name));
  const guests = new Set<string>();
  for (const name of await namesIn(folder('templates'))) {
    // Those under way are the template store's own to clear away.
    if (name.startsWith('.new-')) continue;
    const path = join(folder('templates'), name);
    const sources = await readTemplateSources(path);
    const isMade =
      sources !== null && !doomed.includes(sources.imagePath) && (await exists(sources.imagePath));
    if (isMade) guests.add(sources.initramfsPath);
    else doomed.push(path);
  }
  for (const name of await namesIn(folder('guests'))) {
    const path = join(folder('guests'), name);
    const isNeeded = name.startsWith('.new-')
      ? !(await isAbandoned(path))
      : guests.has(join(path, 'initramfs')) || !(await isAbandoned(path));
    if (!isNeeded) doomed.push(path);
  }
  const sum = {files: 0, bytes: 0};
  for (const path of doomed) {
    const {files, bytes} = await sizeOf(path);
    sum.files += files;
    sum.bytes += bytes;
    await rm(path, {recursive: true, force: true});
  }
  return sum;
}

/** A guest that was just put together has no template yet. */
async function isAbandoned(path: string): Promise<boolean> {
  const status = await lstat(path).catch(() => null);
  return status !== null && Date.now() - status.mtimeMs > ABANDONED_AFTER_MS;
}

async function sizeOf(path: string): Promise<PrunedCache> {
  const status = await lstat(path);
  // Memory of templates is sparse, so its length says little.
  if (!status.isDirectory()) return {files: 1, bytes: status.blocks * 512};
  const sum = {files: 0, bytes: 0};
  for (const name of await readdir(path)) {
    const {files, bytes} = await sizeOf(join(path, name));
    sum.files += files;
    sum.bytes += bytes;
  }
  return sum;
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
