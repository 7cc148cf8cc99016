import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';
import {fileIdentity} from '../file-identity.ts';
import {debianKernel, kernelIn} from './debian-kernel.ts';
import type {GuestKernel} from './guest-files.ts';

/** A kernel as an operator names it: a file, with or without the folder of its modules, or a Debian package that has both. */
export interface NamedKernel {
  /** `vmlinuz`, `vmlinux` or a package (`.deb`). */
  readonly path: string;
  /** Default: the folder below `lib/modules` that belongs to the file by its name; none for a kernel that has everything built in. */
  readonly modulesPath: string | null;
}

const UNPACKED_WITHIN_MS = 300_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** The kernel that guests start with: the given one, else Debian's. Packages are unpacked below `folder`, once. Throws `isolation-unavailable`. */
export async function findKernel(
  kernel: GuestKernel | NamedKernel | undefined,
  options: {readonly folder: string; readonly signal: AbortSignal | undefined},
): Promise<GuestKernel> {
  if (kernel === undefined) return await debianKernel(options);
  if (!('path' in kernel)) return kernel;
  const {path, modulesPath} = kernel;
  if (path.endsWith('.deb')) return await unpackPackage(path, options);
  return {imagePath: path, modulesPath: modulesPath ?? (await modulesBeside(path))};
}

/** `/boot/vmlinuz-6.12.48` has its modules in `/lib/modules/6.12.48`, and the same below any other root. */
async function modulesBeside(imagePath: string): Promise<string | null> {
  const release = /^vmlinu[xz]-(.+)$/.exec(basename(imagePath))?.[1];
  if (release === undefined) return null;
  const root = dirname(dirname(imagePath));
  for (const place of [join(root, 'lib/modules', release), join(root, 'usr/lib/modules', release)])
    if ((await stat(place).catch(() => null))?.isDirectory() === true) return place;
  return null;
}

async function unpackPackage(
  path: string,
  {folder, signal}: {readonly folder: string; readonly signal: AbortSignal | undefined},
): Promise<GuestKernel> {
  const identity = createHash('sha256')
    .update(await fileIdentity(path))
    .digest('hex');
  const place = join(folder, `named-${identity.slice(0, 32)}`);
  await mkdir(folder, {recursive: true, mode: 0o700});
  const unfinished = await mkdtemp(join(folder, '.new-'));
  try {
    const there = await kernelIn(place).catch(() => null);
    if (there !== null) return there;
    const tree = join(unfinished, 'tree');
    await promisify(execFile)('dpkg-deb', ['--extract', path, tree], {
      env: {PATH: '/usr/bin:/bin', LC_ALL: 'C'},
      timeout: UNPACKED_WITHIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      ...(signal === undefined ? {} : {signal}),
    });
    await kernelIn(tree);
    await rename(tree, place).catch(async (error: unknown) => {
      // Another worker was faster; its files are the same.
      if ((await kernelIn(place).catch(() => null)) === null) throw error;
    });
    return await kernelIn(place);
  } catch (error) {
    signal?.throwIfAborted();
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot take the kernel of microVMs from the package ${path}: ${String(error)}. Name a linux-image package for x86-64, or a vmlinuz and its modules.`,
      {cause: error},
    );
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}
