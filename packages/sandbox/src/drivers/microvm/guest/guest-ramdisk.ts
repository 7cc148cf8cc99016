import type {GuestKernel} from './guest-files.ts';
import {buildInitramfs} from './initramfs.ts';
import {readKernelModules} from './kernel-modules.ts';
import {findKernel, type NamedKernel} from './named-kernel.ts';

/** An initial ramdisk that brings up a guest, and the kernel that its modules belong to. */
export interface GuestRamdisk {
  readonly kernelPath: string;
  readonly content: Buffer;
}

/** What the microvm driver starts guests with, for others to start them: the given kernel or Debian's, kept below `folder`. Throws `isolation-unavailable`. */
export async function guestRamdisk(options: {
  readonly kernel: GuestKernel | NamedKernel | undefined;
  readonly folder: string;
  readonly nativeDir: string;
  readonly signal: AbortSignal | undefined;
}): Promise<GuestRamdisk> {
  const {kernel, nativeDir, ...where} = options;
  const {imagePath, modulesPath} = await findKernel(kernel, where);
  const modules = modulesPath === null ? [] : await readKernelModules(modulesPath);
  return {kernelPath: imagePath, content: await buildInitramfs({nativeDir, modules})};
}
