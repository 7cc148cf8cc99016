import {accessSync, closeSync, constants, openSync, readlinkSync, readSync} from 'node:fs';

/**
 * The kernel writes down whom it kills when a cgroup is out of memory, before anybody notices the death; the cgroup, which has counted it, is removed at
 * once when a container ends. See https://docs.kernel.org/admin-guide/abi-testing.html, /dev/kmsg.
 */
const KERNEL_LOG = '/dev/kmsg';

/** Of which one read gives one; longer ones are cut by the kernel. */
const RECORD_BYTES = 8192;

/** Process ids in the log are those of the first PID namespace, whose number is fixed (PROC_PID_INIT_INO). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

const US_PER_MS = 1000;

/** True where `wasKilledOutOfMemory` can know: for root, in the first PID namespace. */
export function canReadKernelLog(): boolean {
  try {
    accessSync(KERNEL_LOG, constants.R_OK);
    return readlinkSync('/proc/self/ns/pid') === FIRST_PID_NAMESPACE;
  } catch {
    return false;
  }
}

/** A container, as it was seen last. */
export interface SeenContainer {
  readonly id: string;
  readonly pids: ReadonlySet<number>;
  /** CLOCK_MONOTONIC (`process.hrtime`): before that, the numbers were other processes'. */
  readonly sinceMs: number;
}

/**
 * Whether the kernel has killed something of the container because its cgroup was out of memory. It names the cgroup, unless it writes down more than ten of
 * these in five seconds; the process it names always.
 */
export function wasKilledOutOfMemory({id, pids, sinceMs}: SeenContainer): boolean {
  return records().some((record) => {
    // "priority,sequence,microseconds,flags;message"
    const [, us = '', message = ''] = /^\d+,\d+,(\d+),[^;]*;(.*)/.exec(record) ?? [];
    if (/^oom-kill:.*,oom_memcg=([^,]*)/.exec(message)?.[1]?.endsWith(`/${id}`)) return true;
    const [, pid = ''] = /^Memory cgroup out of memory: Killed process (\d+) /.exec(message) ?? [];
    return pids.has(Number(pid)) && Number(us) >= sinceMs * US_PER_MS;
  });
}

function records(): string[] {
  const all: string[] = [];
  const log = openSync(KERNEL_LOG, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(RECORD_BYTES);
  try {
    for (;;) all.push(readRecord(log, buffer));
  } catch (error) {
    // EAGAIN: that was the last one.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return all;
    throw error;
  } finally {
    closeSync(log);
  }
}

/** Empty for one that was overwritten before it was read (EPIPE); the next read goes on with what is there. */
function readRecord(log: number, buffer: Buffer): string {
  try {
    return buffer.toString('utf8', 0, readSync(log, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return '';
    throw error;
  }
}
