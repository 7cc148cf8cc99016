import {execFile} from 'node:child_process';
import {accessSync, constants} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {debianKernel, type GuestKernel, MicrovmDriver, type MicrovmDriverOptions} from '@sandglass/sandbox';
import {describe} from 'vitest';
import {sharedPythonImage} from '../../../../../images/test/support/python-image.ts';
import {nativeBuild} from '../../../support/native-build.ts';

/** Kernel, disk and templates are made once for a user, and found again by the next test run. */
const CACHE = join(homedir(), '.cache', 'sandglass-tests', 'microvm');

const NEEDED = [
  {program: 'qemu-system-x86_64', packageName: 'qemu-system-x86'},
  {program: 'mmdebstrap', packageName: 'mmdebstrap'},
  {program: 'mkfs.erofs', packageName: 'erofs-utils'},
  {program: 'mke2fs', packageName: 'e2fsprogs'},
];

/** Null where machines can be had, else what they lack. */
const LACKS = lacks();

/** For suites that have other levels besides. */
export const hasMachines = LACKS === null;

/**
 * A suite that needs machines. It is skipped, and says aloud why and how to change it, where they cannot be had: nothing stands in
 * for them.
 */
export function describeWithMachines(name: string, suite: () => void): void {
  if (LACKS === null) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`\nMicroVM tests do not run: "${name}" needs ${LACKS}.\n`);
  describe.skip(`${name} (needs ${LACKS})`, suite);
}

function lacks(): string | null {
  if (process.getuid?.() !== 0) return 'root';
  const missing = NEEDED.filter(({program}) => !isInstalled(program)).map(({packageName}) => packageName);
  return missing.length > 0 ? `apt-get install ${missing.join(' ')}` : null;
}

/** The processor shows whether guests run by themselves; else their instructions are translated, and each program's first time is 13 to 45 times longer. */
export async function guestSlowdown(): Promise<number> {
  return /\b(vmx|svm)\b/.test(await readFile('/proc/cpuinfo', 'utf8')) ? 3 : 12;
}

/** Options for a driver with one image, `host`, that has a shell and Python. The first call on a machine takes a minute. */
export async function machineOptions(): Promise<MicrovmDriverOptions & {readonly kernel: GuestKernel}> {
  const [kernel, {rootDir, digest}] = await Promise.all([fetchedKernel(), sharedPythonImage()]);
  return {
    nativeDir: nativeBuild(),
    cacheDir: CACHE,
    images: [{name: 'host', tree: {rootDir, digest}}],
    kernel,
  };
}

/** A started driver. The caller owns it. */
export async function startedMicrovmDriver(
  options: Partial<MicrovmDriverOptions> = {},
): Promise<MicrovmDriver> {
  const driver = new MicrovmDriver({...(await machineOptions()), ...options});
  await driver.start({signal: undefined});
  return driver;
}

/** A machine may have the tools and no package lists. */
async function fetchedKernel(): Promise<GuestKernel> {
  const options = {folder: join(CACHE, 'kernels'), signal: undefined};
  try {
    return await debianKernel(options);
  } catch {
    await promisify(execFile)('apt-get', ['update', '--quiet'], {maxBuffer: 2 ** 24});
    return await debianKernel(options);
  }
}

function isInstalled(program: string): boolean {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
