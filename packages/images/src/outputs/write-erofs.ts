import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {unavailable} from '../refusal.ts';

const run = promisify(execFile);

/**
 * Makes a read-only file system of a tree (mkfs.erofs(1)), the same bytes for the same tree: everything belongs to root, and what the tool would
 * take from the clock or by chance is given. Throws `image-unavailable` when the tool is missing or fails.
 */
export async function writeErofs(
  {rootDir, digest}: {readonly rootDir: string; readonly digest: string},
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const args = ['--quiet', '-T0', '--all-root', '-U', uuidOf(digest), path, rootDir];
  try {
    await run('mkfs.erofs', args, signal === undefined ? {} : {signal});
  } catch (cause) {
    signal?.throwIfAborted();
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw unavailable(
      isMissing
        ? 'Cannot make a disk of the image: mkfs.erofs is not installed. Type: apt-get install erofs-utils'
        : `Cannot make a disk of the image: ${String(cause).slice(0, 1000)}`,
      cause,
    );
  }
}

/** Any fixed UUID will do; one made of the digest tells disks apart. */
function uuidOf(digest: string): string {
  const hex = digest.slice('sha256:'.length);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
