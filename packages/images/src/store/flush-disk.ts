import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

/** Has everything of the file system below `path` on the disk, so that what is renamed next is never found half-written after a power cut. */
export async function flushDisk(path: string): Promise<void> {
  await promisify(execFile)('sync', ['--file-system', path]);
}
