import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {descendants, programOf} from '../../linux/support/linux-traces.ts';

const GROUPS = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids'].map((path) =>
  join(path, 'sandglass-machines'),
);

/** Everything on this host that belongs to machines of a worker: monitors and their control groups. */
export function microvmTraces(workerPid: number): string[] {
  return [...monitorsOf(workerPid).map((pid) => `monitor ${pid}`), ...machineGroups(workerPid)];
}

export function monitorsOf(workerPid: number): number[] {
  return descendants(workerPid).filter((pid) =>
    /\/(qemu-system-x86_64|sandglass-machine)$/.test(programOf(pid) ?? ''),
  );
}

/** Control groups of single machines, whether of a living worker or not. */
export function machineGroups(workerPid: number): string[] {
  return GROUPS.filter((path) => existsSync(path)).flatMap((parent) =>
    foldersOf(parent)
      .filter((name) => name.startsWith(`w${workerPid}-`))
      .flatMap((name) => foldersOf(join(parent, name)).map((machine) => join(parent, name, machine))),
  );
}

function foldersOf(path: string): string[] {
  try {
    return readdirSync(path, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map(({name}) => name);
  } catch {
    return []; // Removed while we looked.
  }
}
