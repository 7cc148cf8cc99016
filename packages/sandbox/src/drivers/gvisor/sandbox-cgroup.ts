import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import type {SandboxLimits, SandboxUsage} from '../../driver.ts';

const CGROUPS = '/sys/fs/cgroup';
const V1_CONTROLLERS = ['memory', 'pids', 'cpu', 'cpuacct'] as const;
const V2_CONTROLLERS = ['memory', 'pids', 'cpu'];

/** The sentry's own threads: they follow the guest's, and hold nothing of it back. A bound against a sentry gone wild only. */
const SENTRY_THREADS = 512;

const PERIOD_US = 100_000;
const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;

/** Killing takes a moment for each process that is just being made. */
const REMOVED_WITHIN_MS = 5_000;
const POLL_MS = 5;

export type CgroupVersion = 'v1' | 'v2';

/** The hierarchy that this process can make cgroups in; null for an ordinary user, and where controllers are missing. */
export function usableCgroups(): CgroupVersion | null {
  if (process.getuid?.() !== 0) return null;
  if (V1_CONTROLLERS.every((name) => existsSync(join(CGROUPS, name, 'cgroup.procs')))) return 'v1';
  const controllers = readOrEmpty(join(CGROUPS, 'cgroup.controllers')).split(/\s+/);
  return V2_CONTROLLERS.every((name) => controllers.includes(name)) ? 'v2' : null;
}

/** The cgroup of one sandbox: sentry, gofer and the process that started them. Everything is synchronous: each act is one small file. */
export class SandboxCgroup {
  readonly #version: CgroupVersion;
  readonly #name: string;
  #startBytes = 0;

  /** Makes it below `parent`, a relative path, without bounds. */
  constructor(version: CgroupVersion, parent: string, id: string) {
    this.#version = version;
    this.#name = join(parent, id);
    if (version === 'v2') this.#delegate(parent);
    for (const folder of this.#folders()) mkdirSync(folder, {recursive: true});
  }

  /** Where a process writes 0 to enter. */
  get entrances(): readonly string[] {
    return this.#folders().map((folder) => join(folder, 'cgroup.procs'));
  }

  /** What the sandbox takes before a program runs comes on top of the program's memory. */
  noteStart(): void {
    this.#startBytes = this.#number('memory', ['memory.usage_in_bytes', 'memory.current']);
  }

  /** Throws `isolation-failed` when a bound cannot be set. */
  bound({memoryBytes, cpuCount}: SandboxLimits): void {
    const bytes = String(this.#startBytes + memoryBytes);
    const quota = Math.max(1000, Math.round(cpuCount * PERIOD_US));
    try {
      if (this.#version === 'v1') this.#boundV1(bytes, quota);
      else this.#boundV2(bytes, quota);
    } catch (error) {
      throw new SandglassError(
        'isolation-failed',
        `Cannot bound the cgroup ${this.#name}: ${String(error)}.`,
        {
          cause: error,
        },
      );
    }
  }

  get oomKills(): number {
    const file = this.#version === 'v1' ? 'memory.oom_control' : 'memory.events';
    return Number(/^oom_kill (\d+)$/m.exec(readOrEmpty(join(this.#folder('memory'), file)))?.[1] ?? 0);
  }

  get usage(): SandboxUsage {
    const cpu = readOrEmpty(
      join(this.#folder('cpuacct'), this.#version === 'v1' ? 'cpuacct.usage' : 'cpu.stat'),
    );
    const cpuTimeMs =
      this.#version === 'v1'
        ? Number(cpu) / NS_PER_MS
        : Number(/^usage_usec (\d+)$/m.exec(cpu)?.[1] ?? 0) / US_PER_MS;
    const peak = this.#number('memory', ['memory.max_usage_in_bytes', 'memory.peak']);
    return {cpuTimeMs, memoryPeakBytes: Math.max(0, peak - this.#startBytes), oomKills: this.oomKills};
  }

  /** Kills everything in it and removes it. Throws `sandbox-lost` when something cannot be killed. */
  async remove(): Promise<void> {
    const giveUpAt = performance.now() + REMOVED_WITHIN_MS;
    for (;;) {
      const left = this.#folders().filter((folder) => !isRemoved(folder));
      if (left.length === 0) return;
      if (performance.now() > giveUpAt)
        throw new SandglassError(
          'sandbox-lost',
          `Cgroup ${left[0]} could not be emptied within ${REMOVED_WITHIN_MS} ms.`,
        );
      await delay(POLL_MS);
    }
  }

  #boundV1(bytes: string, quota: number): void {
    const memory = this.#folder('memory');
    // The pair must never cross: on the way up the sum first, on the way down the part first.
    const names = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'].filter((name) =>
      existsSync(join(memory, name)),
    );
    const isRaise = Number(bytes) > this.#number('memory', ['memory.limit_in_bytes']);
    for (const name of isRaise ? names.reverse() : names) writeFileSync(join(memory, name), bytes);
    writeFileSync(join(this.#folder('cpu'), 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(this.#folder('cpu'), 'cpu.cfs_quota_us'), String(quota));
    writeFileSync(join(this.#folder('pids'), 'pids.max'), String(SENTRY_THREADS));
  }

  #boundV2(bytes: string, quota: number): void {
    const folder = this.#folder('memory');
    writeFileSync(join(folder, 'memory.max'), bytes);
    if (existsSync(join(folder, 'memory.swap.max'))) writeFileSync(join(folder, 'memory.swap.max'), '0');
    writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD_US}`);
    writeFileSync(join(folder, 'pids.max'), String(SENTRY_THREADS));
  }

  /** A controller is there only where every folder above passes it on. */
  #delegate(parent: string): void {
    let folder = CGROUPS;
    for (const part of ['', ...parent.split('/')]) {
      folder = join(folder, part);
      mkdirSync(folder, {recursive: true});
      writeFileSync(
        join(folder, 'cgroup.subtree_control'),
        V2_CONTROLLERS.map((name) => `+${name}`).join(' '),
      );
    }
  }

  #folders(): string[] {
    return this.#version === 'v2'
      ? [join(CGROUPS, this.#name)]
      : V1_CONTROLLERS.map((name) => this.#folder(name));
  }

  #folder(controller: (typeof V1_CONTROLLERS)[number]): string {
    return this.#version === 'v2' ? join(CGROUPS, this.#name) : join(CGROUPS, controller, this.#name);
  }

  #number(controller: 'memory', names: readonly string[]): number {
    const texts = names.map((name) => readOrEmpty(join(this.#folder(controller), name)));
    return Number(texts.find((text) => text !== '') ?? 0);
  }
}

/** Where a cgroup of this name is, in each hierarchy that is used. */
export function cgroupRoots(version: CgroupVersion, parent: string): readonly string[] {
  return version === 'v2'
    ? [join(CGROUPS, parent)]
    : V1_CONTROLLERS.map((name) => join(CGROUPS, name, parent));
}

/** One try at killing what is in a cgroup and removing it. */
export function isRemoved(folder: string): boolean {
  try {
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
      if (pid !== '') kill(Number(pid));
    rmdirSync(folder);
    return true;
  } catch (error) {
    // EBUSY while something in it is still ending.
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
