import type {MachineDescription} from '../machine-monitor.ts';

/** What a guest may hold back of what was written, in bytes, where the disk has a rate. */
const HELD_BACK_BYTES = 2 * 1024 * 1024;

/**
 * Words of the kernel's command line (Documentation/admin-guide/kernel-parameters.txt, `sysctl.`). A guest gathers what is written in its memory and lets the
 * program go on; with a rate it must not be able to end before most of it went to the disk.
 */
export function writeBackWords({diskIoBytesPerSecond}: MachineDescription): readonly string[] {
  if (diskIoBytesPerSecond === 0) return [];
  return [
    `sysctl.vm.dirty_background_bytes=${HELD_BACK_BYTES / 2}`,
    `sysctl.vm.dirty_bytes=${HELD_BACK_BYTES}`,
  ];
}
