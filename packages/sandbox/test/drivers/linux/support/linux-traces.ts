import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** Everything on this host that belongs to sandboxes of launchers below `ancestorPid`. Needs root to see all of it. */
export function linuxTraces(ancestorPid: number): string[] {
  const launchers = descendants(ancestorPid).filter((pid) => programOf(pid)?.endsWith('/sandglass-launcher'));
  return [...launchers.flatMap((pid) => descendants(pid).map(describeProcess)), ...sandboxCgroups(launchers)];
}

/** Processes below another one, however deep. */
export function descendants(ancestorPid: number): number[] {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && (parents.get(pid) === ancestorPid || isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

/** Cgroups of sandboxes, of the given launchers or of any. */
export function sandboxCgroups(launchers: readonly number[] | 'any'): string[] {
  const instances = launchers === 'any' ? null : launchers.map(instanceOf);
  return cgroupsBelow(CGROUPS, 0).filter(
    (path) =>
      /\/sandglass\/[^/]+\/.*sb-\d+$/.test(path) &&
      (instances === null || instances.some((instance) => path.includes(`/sandglass/${instance}/`))),
  );
}

/** Launchers name their instance in the configuration file that is their argument. */
export function instanceOf(launcherPid: number): string {
  const config = readFileSync(`/proc/${launcherPid}/cmdline`, 'utf8').split('\0')[2] ?? '';
  return config.replace(/^.*\/|\.conf$/g, '');
}

/** False for a process that has ended but whose parent, perhaps the machine's init, has not asked for its status yet. */
export function isRunning(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== 'Z';
}

export function programOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null; // It ended while we looked, or is a kernel thread.
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** State, parent and so on; undefined when it ended while we looked. */
function statOf(pid: number): string[] | undefined {
  try {
    // The name may hold spaces and parentheses; what follows its last one is fixed (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function describeProcess(pid: number): string {
  try {
    return `process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
  } catch {
    return `process ${pid}`;
  }
}

function cgroupsBelow(directory: string, depth: number): string[] {
  if (depth > 6) return [];
  let names: string[];
  try {
    names = readdirSync(directory, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map(({name}) => name);
  } catch {
    return []; // Removed while we looked.
  }
  return names.flatMap((name) => [join(directory, name), ...cgroupsBelow(join(directory, name), depth + 1)]);
}
