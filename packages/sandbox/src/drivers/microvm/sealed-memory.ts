import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {type FileHandle, open} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import {SandglassError} from '@sandglass/protocol';
import {LastLines} from './last-lines.ts';

/**
 * A copy of a file in memory that nobody can write to any more, not even who opens it for writing. Holes of the file take none.
 * The caller owns the handle; the memory is freed with the last user of it.
 */
export async function sealedCopy(path: string, nativeDir: string): Promise<FileHandle> {
  await using source = await open(path);
  const child = spawn(`${nativeDir}/sandglass-machine`, ['seal'], {
    stdio: ['pipe', 'pipe', 'pipe', source.fd],
    env: {},
    cwd: '/',
  });
  const said = new LastLines();
  said.follow(child.stderr);
  const {stdin, stdout} = child;
  const ended = once(child, 'close');
  ended.catch(() => {}); // Looked at below.
  try {
    if (stdout === null) throw new Error('it has no standard output');
    const line = once(createInterface({input: stdout}), 'line') as Promise<[string]>;
    const named = await Promise.race([line, ended.then(() => null)]);
    const [copy] = named ?? [];
    if (copy === undefined) throw new Error(`sandglass-machine seal failed${said.quoted()}`);
    // For writing as well: some monitors open it so before they map it privately.
    return await open(copy, 'r+');
  } catch (error) {
    throw new SandglassError(
      'isolation-failed',
      `Cannot put ${path} into sealed memory: ${String(error)}. Build the native part with "make -C native".`,
      {cause: error},
    );
  } finally {
    stdin?.end();
    await ended;
  }
}
