import {globSync, readdirSync, readFileSync} from 'node:fs';

/** Depth of `<hierarchy>/sandglass/<instance>` below the mounts of every cgroup version, wherever the machine puts its services. */
const CGROUPS = ['/sys/fs/cgroup/*', '/sys/fs/cgroup/*/*', '/sys/fs/cgroup/*/*/*'];
const RUN_FILES = ['/run/sandglass', '/run/sandglass/state'];

/**
 * What sandboxes of these worker processes have left on the host: processes (launchers, agents, programs, wherever they fled to), cgroups, mounts,
 * sockets and locks. A network namespace lives as long as a process in it, a mount of it or a descriptor of its launcher, which are all looked for.
 * Launchers are named after the process that started them.
 */
export function hostRemains(workers: readonly number[]): string[] {
  const isOurs = (text: string): boolean => workers.some((pid) => text.includes(`/w${pid}-`));
  return [
    ...readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => isOurs(read(`/proc/${pid}/cgroup`)) || isOurs(read(`/proc/${pid}/cmdline`)))
      .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`),
    ...globSync(CGROUPS)
      .filter(isOurs)
      .map((path) => `cgroup ${path}`),
    ...read('/proc/self/mountinfo')
      .split('\n')
      .filter(isOurs)
      .map((line) => `mount ${line}`),
    ...RUN_FILES.flatMap((folder) => list(folder))
      .filter(isOurs)
      .map((path) => `file ${path}`),
  ];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`);
  } catch {
    return []; // Only root's launchers are there.
  }
}

/** Empty for what ended while we looked. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
