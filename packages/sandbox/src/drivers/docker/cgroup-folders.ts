import {accessSync, constants, readFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';

const CGROUPS = '/sys/fs/cgroup';
const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'pids'] as const;

/** Docker's are one or two below the top, four when it is in a container itself. */
const SEARCH_DEPTH = 6;

/** Where each controller has one container; four times the same place on version 2. */
export interface CgroupFolders {
  readonly version: 'v1' | 'v2';
  readonly places: Readonly<Record<(typeof CONTROLLERS)[number], string>>;
}

/**
 * The folders of a container's cgroup, or null unless all of them are certain: they are named after the container, whose id nobody but the daemon
 * chose, and its first process is in them. A daemon in another PID or cgroup namespace gets null, and so does one that leaves cgroups to systemd,
 * which would write its own figures again.
 */
export function findCgroupFolders({
  id,
  pid,
}: {
  readonly id: string;
  readonly pid: number;
}): CgroupFolders | null {
  const paths = pathsOf(pid);
  const version = paths.has('memory') ? 'v1' : 'v2';
  const places = CONTROLLERS.map((name) =>
    version === 'v1' ? join(CGROUPS, name, paths.get(name) ?? '') : join(CGROUPS, paths.get('') ?? ''),
  );
  if (!places.every((place) => isNamedAfter(place, id) && holds(place, pid))) return null;
  const [memory = '', cpu = '', cpuacct = '', pids = ''] = places;
  return {version, places: {memory, cpu, cpuacct, pids}};
}

/** Every cgroup with one of these names, in all hierarchies, the inner ones first. For what has no process any more that would tell. */
export async function findFoldersNamed(names: ReadonlySet<string>): Promise<readonly string[]> {
  return await search(CGROUPS, names, SEARCH_DEPTH);
}

async function search(folder: string, names: ReadonlySet<string>, depth: number): Promise<string[]> {
  if (depth === 0) return [];
  // One that was removed meanwhile has nothing in it.
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const path = join(folder, entry.name);
    found.push(...(await search(path, names, depth - 1)), ...(names.has(entry.name) ? [path] : []));
  }
  return found;
}

/** "" when there is no such file, as in a cgroup that is gone. */
export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** By controller, "" for the hierarchy of version 2; see cgroups(7), /proc/[pid]/cgroup. */
function pathsOf(pid: number): ReadonlyMap<string, string> {
  const lines = readOrEmpty(`/proc/${pid}/cgroup`).split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return names.split(',').map((name) => [name, path] as const);
    }),
  );
}

/** Docker's with the driver `cgroupfs`, and Podman's. */
function isNamedAfter(folder: string, id: string): boolean {
  return id !== '' && [id, `libpod-${id}`].includes(basename(folder));
}

function holds(folder: string, pid: number): boolean {
  return readOrEmpty(join(folder, 'cgroup.procs')).split('\n').includes(String(pid));
}

/** By this process. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
