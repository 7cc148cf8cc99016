import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {type CpioEntry, writeCpio} from './cpio.ts';
import type {KernelModule} from './kernel-modules.ts';

const PROGRAM_MODE = 0o755;
const CONSOLE = {major: 5, minor: 1};

/**
 * The guest's initial ramdisk: `sandglass-guest-init` as `/init`, launcher, agent, and the kernel modules to load in this order. Not
 * compressed: unpacking would take the guest longer than reading it (without KVM, 40 ms).
 */
export async function buildInitramfs(options: {
  readonly nativeDir: string;
  readonly modules: readonly KernelModule[];
}): Promise<Buffer> {
  const entries: CpioEntry[] = [
    {kind: 'directory', path: 'dev', mode: 0o755},
    // Where the kernel opens the standard streams of /init, before it can mount anything.
    {kind: 'character-device', path: 'dev/console', mode: 0o600, ...CONSOLE},
    {kind: 'directory', path: 'modules', mode: 0o755},
    await program(options.nativeDir, 'sandglass-guest-init', 'init'),
    await program(options.nativeDir, 'sandglass-launcher', 'sandglass-launcher'),
    await program(options.nativeDir, 'sandglass-agent', 'sandglass-agent'),
    ...options.modules.map(
      ({name, content}, index): CpioEntry => ({
        kind: 'file',
        path: `modules/${String(index).padStart(2, '0')}-${name}.ko`,
        mode: 0o644,
        content,
      }),
    ),
  ];
  return writeCpio(entries);
}

async function program(nativeDir: string, name: string, path: string): Promise<CpioEntry> {
  const source = join(nativeDir, name);
  try {
    return {kind: 'file', path, mode: PROGRAM_MODE, content: await readFile(source)};
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot put ${source} into the guest: ${String(error)}. Build it with "make -C native".`,
      {cause: error},
    );
  }
}
