import type {LauncherLimits} from '@sandglass/protocol/agent';
import type {SandboxLimits} from '../../driver.ts';

const PAGE_BYTES = 4096;
const MIN_INODES = 1024;
/** Each inode costs about a kibibyte of kernel memory, charged to the sandbox; more than this no program of a run needs. */
const MAX_INODES = 131_072;
const LAUNCHER_CORE = 1000;

/** Sandbox limits in the launcher's units. One inode for each page: a file that holds anything takes at least one. */
export function launcherLimits(limits: SandboxLimits, diskIoBytesPerSecond: number): LauncherLimits {
  return {
    memoryBytes: limits.memoryBytes,
    processes: limits.processes,
    cpuThousandths: Math.max(1, Math.round(limits.cpuCount * LAUNCHER_CORE)),
    diskBytes: limits.diskBytes,
    inodes: Math.min(MAX_INODES, Math.max(MIN_INODES, Math.ceil(limits.diskBytes / PAGE_BYTES))),
    diskIoBytesPerSecond,
  };
}
