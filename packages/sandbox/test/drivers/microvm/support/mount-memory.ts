import {execFile} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import {promisify} from 'node:util';

/** A file system in memory of this size at `path`, which is made. The caller owns it; needs root. */
export async function mountMemory(path: string, bytes: number): Promise<AsyncDisposable> {
  await mkdir(path, {recursive: true});
  await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', path]);
  return {
    async [Symbol.asyncDispose]() {
      await promisify(execFile)('umount', ['--lazy', path]);
    },
  };
}
