import {randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rmdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';

const ROOT = '/sys/fs/cgroup';
const PARENT = 'sandglass-machines';
const CONTROLLERS = ['memory', 'pids'] as const;

/** Main thread, one per virtual processor, the RCU and worker threads of QEMU: some ten. */
const MONITOR_THREADS = 64;

/** A group empties when the kernel has taken its last process apart, moments after that was reaped. */
const REMOVAL_TRIES = 100;
const REMOVAL_PAUSE_MS = 10;

/** The control groups of one machine monitor. */
export interface HostGroup {
  readonly procsFiles: readonly string[];
  remove(): Promise<void>;
}

/**
 * Control groups for machine monitors, v1 or v2, below `sandglass-machines/<worker>`. The worker's part of the name says which process made
 * it and when that started, so that the next worker can tell which ones a killed worker left behind; the rest tells its drivers apart.
 */
export class HostGroups {
  /** One folder in each hierarchy in use: a single one on v2. */
  readonly #folders: readonly string[];
  readonly #isV2: boolean;

  /** Null where there are no groups that this process may make. Removes what dead workers left. */
  static async open(): Promise<HostGroups | null> {
    if (process.getuid?.() !== 0) return null;
    const isV2 = existsSync(join(ROOT, 'cgroup.controllers'));
    const hierarchies = isV2 ? [ROOT] : CONTROLLERS.map((name) => join(ROOT, name));
    if (!hierarchies.every((path) => existsSync(path))) return null;
    try {
      const own = `w${process.pid}-${await startTime(process.pid)}-${randomBytes(3).toString('hex')}`;
      for (const hierarchy of hierarchies) await prepare(hierarchy, {own, isV2});
      return new HostGroups(
        hierarchies.map((path) => join(path, PARENT, own)),
        isV2,
      );
    } catch {
      return null; // Read-only or not delegated; the driver says that the mechanism is missing.
    }
  }

  private constructor(folders: readonly string[], isV2: boolean) {
    this.#folders = folders;
    this.#isV2 = isV2;
  }

  /** Throws `isolation-failed` when a bound cannot be set. */
  async create(name: string, memoryBytes: number): Promise<HostGroup> {
    const folders = this.#folders.map((folder) => join(folder, name));
    const group = {
      procsFiles: folders.map((folder) => join(folder, 'cgroup.procs')),
      remove: async () => {
        for (const folder of folders) await removeGroup(folder);
      },
    };
    try {
      for (const folder of folders) await mkdir(folder);
      for (const folder of folders) await this.#limit(folder, memoryBytes);
      return group;
    } catch (error) {
      await group.remove();
      throw new SandglassError(
        'isolation-failed',
        `Cannot bound a machine monitor by the control group ${folders[0]}: ${String(error)}.`,
        {cause: error},
      );
    }
  }

  /** Removes this worker's own folders; every group in them must be gone. */
  async close(): Promise<void> {
    for (const folder of this.#folders) await removeGroup(folder);
  }

  async #limit(folder: string, memoryBytes: number): Promise<void> {
    if (this.#isV2) {
      await writeFile(join(folder, 'memory.max'), String(memoryBytes));
      await writeFile(join(folder, 'pids.max'), String(MONITOR_THREADS));
    } else if (folder.startsWith(join(ROOT, 'memory'))) {
      await writeFile(join(folder, 'memory.limit_in_bytes'), String(memoryBytes));
    } else {
      await writeFile(join(folder, 'pids.max'), String(MONITOR_THREADS));
    }
  }
}

async function prepare(
  hierarchy: string,
  {own, isV2}: {readonly own: string; readonly isV2: boolean},
): Promise<void> {
  const parent = join(hierarchy, PARENT);
  await mkdir(parent, {recursive: true});
  for (const name of await readdir(parent)) if (await isAbandoned(name)) await removeTree(join(parent, name));
  await mkdir(join(parent, own), {recursive: true});
  if (!isV2) return;
  for (const folder of [hierarchy, parent, join(parent, own)])
    await writeFile(join(folder, 'cgroup.subtree_control'), CONTROLLERS.map((name) => `+${name}`).join(' '));
}

async function isAbandoned(name: string): Promise<boolean> {
  const [, pid = '', since = ''] = /^w(\d+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
  if (pid === '') return false;
  return (await startTime(Number(pid)).catch(() => null)) !== since;
}

async function removeTree(folder: string): Promise<void> {
  const below = (await readdir(folder, {withFileTypes: true})).filter((entry) => entry.isDirectory());
  for (const {name} of below) await removeTree(join(folder, name));
  await removeGroup(folder);
}

async function removeGroup(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || attempt === REMOVAL_TRIES) throw error;
      await delay(REMOVAL_PAUSE_MS);
    }
  }
}

/** Ticks since boot at which a process started: with its id, a name that is never given twice (proc_pid_stat(5), field 22). */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
