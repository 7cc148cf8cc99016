import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {accessSync, constants} from 'node:fs';
import {access, chmod, mkdir, mkdtemp, readFile, rename, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {debianKernel, type GuestKernel, MicrovmDriver, type MicrovmDriverOptions} from '@sandglass/sandbox';
import {describe} from 'vitest';
import {diskOf} from '../../../../src/drivers/microvm/guest/disk-image.ts';
import {nativeBuild} from '../../../support/native-build.ts';

/** Kernel, disk and templates are made once for a user, and found again by the next test run. */
const CACHE = join(homedir(), '.cache', 'sandglass-tests', 'microvm');

/** What the contract's programs need, from the suite that the kernel is of. */
const SUITE = 'bookworm';
const MMDEBSTRAP = [
  '--quiet',
  '--mode=root',
  '--variant=essential',
  '--include=python3',
  '--aptopt=APT::Install-Recommends "false"',
  ...['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  SUITE,
];

const NEEDED = [
  {program: 'qemu-system-x86_64', packageName: 'qemu-system-x86'},
  {program: 'mmdebstrap', packageName: 'mmdebstrap'},
  {program: 'mkfs.erofs', packageName: 'erofs-utils'},
];

/**
 * A suite that needs machines. It is skipped, and says aloud why and how to change it, where they cannot be had: nothing stands in
 * for them.
 */
export function describeWithMachines(name: string, suite: () => void): void {
  const missing = NEEDED.filter(({program}) => !isInstalled(program)).map(({packageName}) => packageName);
  const lacks =
    process.getuid?.() !== 0 ? 'root' : missing.length > 0 ? `apt-get install ${missing.join(' ')}` : null;
  if (lacks === null) {
    describe(name, suite);
    return;
  }
  process.stderr.write(`\nMicroVM tests do not run: "${name}" needs ${lacks}.\n`);
  describe.skip(`${name} (needs ${lacks})`, suite);
}

/** The processor shows whether guests run by themselves; else their instructions are translated, and each program's first time is 13 to 45 times longer. */
export async function guestSlowdown(): Promise<number> {
  return /\b(vmx|svm)\b/.test(await readFile('/proc/cpuinfo', 'utf8')) ? 3 : 12;
}

/** Options for a driver with one image, `host`, that has a shell and Python. The first call on a machine takes a minute. */
export async function machineOptions(): Promise<MicrovmDriverOptions & {readonly kernel: GuestKernel}> {
  const [kernel, path] = await Promise.all([fetchedKernel(), rootDisk()]);
  return {
    nativeDir: nativeBuild(),
    cacheDir: CACHE,
    runDir: join(CACHE, 'run'),
    images: [{name: 'host', path}],
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

/** Kept by what it was made of: another suite or package list makes another one. */
async function rootDisk(): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(MMDEBSTRAP)).digest('hex').slice(0, 16);
  const path = join(CACHE, `${digest}.erofs`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  await mkdir(CACHE, {recursive: true, mode: 0o700});
  const rootDir = await mkdtemp(join(CACHE, '.tree-'));
  try {
    await chmod(rootDir, 0o755);
    await promisify(execFile)('mmdebstrap', [...MMDEBSTRAP, rootDir], {maxBuffer: 2 ** 24});
    await rename(await diskOf({name: 'host', tree: {rootDir, digest}}, join(CACHE, 'disks')), path);
    return path;
  } finally {
    await rm(rootDir, {recursive: true, force: true});
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
