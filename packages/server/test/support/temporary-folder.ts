import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A folder of its own, removed when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & {readonly path: string}> {
  const path = await mkdtemp(join(tmpdir(), 'sandglass-server-'));
  return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true})};
}
