import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, rename, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileIdentity} from '../file-identity.ts';
import {buildInitramfs} from './initramfs.ts';
import {readVmlinux} from './kernel-image.ts';
import {readKernelModules} from './kernel-modules.ts';

/** A kernel for guests, and its modules: as Debian packages them, or as the operator names them. */
export interface GuestKernel {
  /** `vmlinuz` or `vmlinux`. */
  readonly imagePath: string;
  /** The folder of its modules, such as `/lib/modules/6.1.0-cloud-amd64`; null for a kernel that has everything built in. */
  readonly modulesPath: string | null;
}

/** What a machine boots from. */
export interface GuestFiles {
  readonly kernelPath: string;
  readonly initramfsPath: string;
  /** The same for the same contents. */
  readonly digest: string;
}

const PROGRAMS = ['sandglass-guest-init', 'sandglass-launcher', 'sandglass-agent'] as const;

/** Puts kernel and initial ramdisk together below `folder`, or finds them there from an earlier time. */
export async function prepareGuestFiles(options: {
  readonly kernel: GuestKernel;
  readonly nativeDir: string;
  readonly folder: string;
}): Promise<GuestFiles> {
  const {kernel, nativeDir, folder} = options;
  const {imagePath, modulesPath} = kernel;
  const programs = PROGRAMS.map((name) => join(nativeDir, name));
  const parts = [imagePath, ...(modulesPath === null ? [] : [modulesPath]), ...programs];
  const identities = await Promise.all(parts.map(fileIdentity));
  const digest = createHash('sha256').update(JSON.stringify(identities)).digest('hex').slice(0, 32);
  const place = join(folder, digest);
  const files = {kernelPath: join(place, 'vmlinux'), initramfsPath: join(place, 'initramfs'), digest};
  if (await exists(files.initramfsPath)) return files;

  await mkdir(folder, {recursive: true, mode: 0o700});
  const unfinished = await mkdtemp(join(folder, '.new-'));
  try {
    const [vmlinux, modules] = await Promise.all([
      readVmlinux(imagePath),
      modulesPath === null ? [] : readKernelModules(modulesPath),
    ]);
    await writeFile(join(unfinished, 'vmlinux'), vmlinux, {mode: 0o644});
    await writeFile(join(unfinished, 'initramfs'), await buildInitramfs({nativeDir, modules}), {mode: 0o644});
    await rename(unfinished, place).catch(async (error: unknown) => {
      // Another worker was faster; its files are as good.
      if (!(await exists(files.initramfsPath))) throw error;
    });
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
  return files;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
