import {readFileSync, readlinkSync} from 'node:fs';

/**
 * Says which worker something belongs to, so that another can tell whether that one still lives: process id and start time name a process
 * for certain while the machine runs (proc_pid_stat(5), field 22); the boot and the PID namespace say where that holds.
 */
export interface WorkerIdentity {
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly pid: number;
  readonly startTime: string;
}

/** Of this process. */
export function ownIdentity(): WorkerIdentity {
  return {...surroundings(), pid: process.pid, startTime: startTimeOf(process.pid) ?? ''};
}

/** One word, for labels and file names. */
export function encodeIdentity({bootId, pidNamespace, pid, startTime}: WorkerIdentity): string {
  return [bootId, pidNamespace, pid, startTime].join('.');
}

/** Null for what is no identity. */
export function decodeIdentity(text: string): WorkerIdentity | null {
  const [bootId, pidNamespace, pid, startTime, ...rest] = text.split('.');
  if (!bootId || !pidNamespace || !/^\d+$/.test(pid ?? '') || !startTime || rest.length > 0) return null;
  return {bootId, pidNamespace, pid: Number(pid), startTime};
}

/**
 * True only when that worker is certainly dead: the machine was started again since, or its process id is free or another's. What lives
 * in another PID namespace cannot be looked up from here, and counts as living.
 */
export function isCertainlyDead(identity: WorkerIdentity): boolean {
  const here = surroundings();
  if (identity.bootId !== here.bootId) return true;
  if (identity.pidNamespace !== here.pidNamespace) return false;
  return startTimeOf(identity.pid) !== identity.startTime;
}

function surroundings(): {bootId: string; pidNamespace: string} {
  return {
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pidNamespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''),
  };
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold anything; what follows its last bracket is fixed. A zombie runs nothing any more.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    // ENOENT: there is no such process.
    return undefined;
  }
}
