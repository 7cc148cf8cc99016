import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LinuxDriver, type LinuxDriverOptions} from '@sandglass/sandbox';
import type {Lack} from '../../../contract/driver-under-test.ts';
import {HOST_IMAGE} from '../../../support/host-image.ts';
import {nativeBuild} from '../../../support/native-build.ts';

/** A folder that vanishes with its owner. */
export function temporaryRunDir(): Disposable & {readonly path: string} {
  const path = mkdtempSync(join(tmpdir(), 'sandglass-run-'));
  return {path, [Symbol.dispose]: () => rmSync(path, {recursive: true, force: true})};
}

/** What an ordinary user has only with a delegated cgroup and subordinate ids; root has all of it, or the tests fail. */
export const LACKING: readonly Lack[] =
  process.getuid?.() === 0 ? [] : ['memory', 'pids', 'cpu', 'separate-uid'];

/** The library of `native/prime` in the image below. */
export const PRIME_LIBRARY = '/opt/prime.so';

/** A started driver with the host's own programs as its image, and a run directory that vanishes when it is closed. */
export async function startedLinuxDriver(options: Partial<LinuxDriverOptions> = {}): Promise<LinuxDriver> {
  const runDir = temporaryRunDir();
  const primeLibrary = {
    kind: 'bind',
    source: join(nativeBuild(), 'sandglass-prime.so'),
    target: PRIME_LIBRARY,
  } as const;
  const driver = new LinuxDriver({
    nativeDir: nativeBuild(),
    runDir: runDir.path,
    images: [{...HOST_IMAGE, entries: [...HOST_IMAGE.entries, primeLibrary]}],
    allowWeaker: LACKING,
    ...options,
  });
  const close = driver.close.bind(driver);
  driver.close = async () => {
    await close();
    runDir[Symbol.dispose]();
  };
  await driver.start({signal: undefined});
  return driver;
}
