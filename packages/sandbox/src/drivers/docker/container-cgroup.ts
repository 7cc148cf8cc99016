import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {type CgroupFolders, findCgroupFolders, isWritable, readOrEmpty} from './cgroup-folders.ts';
import type {ContainerBounds} from './container-options.ts';
import {CPU_PERIOD_US, cpuQuotaUs} from './cpu-quota.ts';

/** The kernel keeps memory bounds in whole pages and rounds down; no page is larger. */
const LARGEST_PAGE_BYTES = 64 * 1024;

const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;

/** What was counted in a container's cgroup until now. */
export interface ContainerCounts {
  readonly oomKills: number;
  readonly memoryPeakBytes: number;
  readonly cpuTimeMs: number;
}

/** One file of a cgroup and what is to be in it. */
interface BoundFile {
  readonly path: string;
  readonly value: string;
}

/**
 * The cgroup of one container, as the daemon made it and without asking the daemon, which takes some fifty milliseconds over a change. Each act is
 * a few small files, and synchronous.
 */
export class ContainerCgroup {
  readonly #folders: CgroupFolders;

  private constructor(folders: CgroupFolders) {
    this.#folders = folders;
  }

  /**
   * Null unless it is certain which one it is, the bounds that the daemon was asked for can be read there, and this process may change them. Throws
   * `isolation-failed` when it is certain and a bound is looser than the daemon was asked for.
   */
  static find(
    container: {readonly id: string; readonly pid: number},
    bounds: Required<ContainerBounds>,
  ): ContainerCgroup | null {
    const folders = findCgroupFolders(container);
    if (folders === null) return null;
    const files = filesOf(folders, bounds);
    const loose = files.find(isLooser);
    if (loose !== undefined)
      throw failed(
        `the daemon was asked for ${loose.value}, and ${loose.path} is "${readOrEmpty(loose.path).trim()}"; it bounds less than it says`,
      );
    const canWrite = files.every(({path}) => isWritable(path));
    return canWrite && files.every(isSet) ? new ContainerCgroup(folders) : null;
  }

  /** Sets the bounds and reads them back. Throws `isolation-failed` when one is not what it is to be. */
  bound(bounds: Required<ContainerBounds>): void {
    const files = filesOf(this.#folders, bounds);
    try {
      for (const {path, value} of inOrder(files)) writeFileSync(path, value);
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error));
    }
    const other = files.find((file) => !isSet(file));
    if (other !== undefined)
      throw failed(`${other.path} is "${readOrEmpty(other.path).trim()}", not "${other.value}"`);
  }

  /** Kills every process in it: for when there is no daemon that would. */
  kill(): void {
    for (const pid of this.pids) killProcess(pid);
  }

  get pids(): readonly number[] {
    const lines = readOrEmpty(join(this.#folders.places.memory, 'cgroup.procs')).split('\n');
    return lines.filter((line) => line !== '').map(Number);
  }

  /** Null when it is gone already. */
  get counts(): ContainerCounts | null {
    const {version, places} = this.#folders;
    const read = (v1: string, v2: string): string =>
      readOrEmpty(join(places.memory, version === 'v1' ? v1 : v2));
    const oomKills = /^oom_kill (\d+)$/m.exec(read('memory.oom_control', 'memory.events'))?.[1];
    if (oomKills === undefined) return null;
    const memoryPeakBytes = Number(read('memory.max_usage_in_bytes', 'memory.peak'));
    return {oomKills: Number(oomKills), memoryPeakBytes, cpuTimeMs: cpuTimeMs(this.#folders)};
  }
}

function filesOf(
  {version, places}: CgroupFolders,
  {Memory, PidsLimit, NanoCpus}: Required<ContainerBounds>,
): BoundFile[] {
  const memory = String(Memory);
  const quota = String(cpuQuotaUs(NanoCpus));
  const files: readonly (readonly [string, string, string])[] =
    version === 'v1'
      ? [
          [places.memory, 'memory.limit_in_bytes', memory],
          [places.memory, SWAP_TOO, memory],
          [places.cpu, 'cpu.cfs_quota_us', quota],
          [places.pids, 'pids.max', String(PidsLimit)],
        ]
      : [
          [places.memory, 'memory.max', memory],
          [places.memory, 'memory.swap.max', '0'],
          [places.cpu, 'cpu.max', `${quota} ${CPU_PERIOD_US}`],
          [places.pids, 'pids.max', String(PidsLimit)],
        ];
  return files
    .map(([folder, name, value]) => ({path: join(folder, name), value}))
    .filter(({path}) => existsSync(path) || !/memsw|swap/.test(path));
}

/** Version 1 only: memory and swap together, which must never be less than memory alone. */
const SWAP_TOO = 'memory.memsw.limit_in_bytes';

/** On the way up the sum comes first. */
function inOrder(files: readonly BoundFile[]): readonly BoundFile[] {
  const [memory, sum, ...rest] = files;
  if (memory === undefined || sum === undefined || !sum.path.endsWith(SWAP_TOO)) return files;
  const isRaised = Number(memory.value) > Number(readOrEmpty(memory.path));
  return isRaised ? [sum, memory, ...rest] : files;
}

/** A memory bound may have lost part of a page, and never gained. */
function isSet({path, value}: BoundFile): boolean {
  const found = readOrEmpty(path).trim();
  if (found === value) return true;
  const missing = Number(value) - Number(found);
  return path.includes('/memory.') && found !== '' && missing > 0 && missing < LARGEST_PAGE_BYTES;
}

/** More than it is to be, or nothing at all: -1 in version 1, max in version 2. */
function isLooser({path, value}: BoundFile): boolean {
  const [found = ''] = readOrEmpty(path).trim().split(' ');
  return found === 'max' || found === '-1' || Number(found) > Number(value.split(' ')[0]);
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

function cpuTimeMs({version, places}: CgroupFolders): number {
  if (version === 'v1') return Number(readOrEmpty(join(places.cpuacct, 'cpuacct.usage'))) / NS_PER_MS;
  const stat = readOrEmpty(join(places.cpu, 'cpu.stat'));
  return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? 0) / US_PER_MS;
}

function failed(reason: string): SandglassError {
  return new SandglassError('isolation-failed', `Cannot set the limits of a container: ${reason}.`);
}
