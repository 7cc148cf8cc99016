import {execFile} from 'node:child_process';
import {access, chmod, mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';
import type {MicrovmImage} from '../microvm-driver-options.ts';

/** 760 MB take three seconds. */
const MADE_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The disk of an image: the file that was named, or an erofs image below `folder`, made of the image's tree when it is not there yet. */
export async function diskOf(image: MicrovmImage, folder: string): Promise<string> {
  if ('path' in image) return image.path;
  const {rootDir, digest} = image.tree;
  const path = join(folder, `${digest.replaceAll(/[^0-9A-Za-z]/g, '-')}.erofs`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeDisk(rootDir, path, folder);
  return path;
}

/**
 * Writes an erofs image of a folder: read-only by construction, everything in it root's, the same bytes for the same files. Not compressed:
 * without KVM, unpacking costs a guest more than reading.
 */
async function makeDisk(rootDir: string, path: string, folder: string): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const unfinished = await mkdtemp(join(folder, '.new-'));
  const file = join(unfinished, 'disk');
  try {
    await promisify(execFile)('mkfs.erofs', ['--quiet', '--all-root', '-T0', file, rootDir], {
      env: {PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'},
      timeout: MADE_WITHIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    await chmod(file, 0o644);
    await rename(file, path);
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot make a disk for microVMs of ${rootDir}: ${String(error)}. The program comes with "apt-get install erofs-utils".`,
      {cause: error},
    );
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}
