import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {nativeBuild} from '../../../support/native-build.ts';

const GUESTS = fileURLToPath(new URL('../guests', import.meta.url));

/** A native folder whose guests start one of `guests` as their first process, and a cache of their own; both vanish with their owner. */
export function otherGuest(
  name: string,
): Disposable & {readonly nativeDir: string; readonly cacheDir: string} {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-guest-'));
  const nativeDir = join(folder, 'native');
  const cacheDir = join(folder, 'cache');
  execFileSync('mkdir', [nativeDir, cacheDir]);
  for (const program of ['sandglass-machine', 'sandglass-launcher', 'sandglass-agent'])
    symlinkSync(join(nativeBuild(), program), join(nativeDir, program));
  const source = join(GUESTS, `${name}.c`);
  execFileSync('cc', [
    '-std=gnu11',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-static',
    '-s',
    '-o',
    join(nativeDir, 'sandglass-guest-init'),
    source,
  ]);
  return {nativeDir, cacheDir, [Symbol.dispose]: () => rmSync(folder, {recursive: true, force: true})};
}
