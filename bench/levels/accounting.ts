import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';
const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;
/** Groups of sandboxes are at most so deep: parent, worker, sandbox, one that an agent makes. */
const MOST_DEPTH = 6;
const REMOVAL_TRIES = 100;
const REMOVAL_PAUSE_MS = 20;

/**
 * Counts what a worker and everything started for it uses, whoever's children they are: daemons, shims and sandboxes that were handed to another parent
 * are missed by the kernel's count of waited-for children. Whatever is started between `enter` and `leave` is in a control group of our own;
 * sandboxes are in groups that drivers make and name after their worker.
 */
export class Accounting implements AsyncDisposable {
  readonly #hierarchy: string;
  readonly #isV2: boolean;
  readonly #group: string;
  readonly #home: string;
  /** Groups beside our own whose processes and time count too, by what their path holds. */
  readonly #others: string[] = [];

  /** Null where no control groups can be made: as an ordinary user. */
  static open(name: string): Accounting | null {
    const isV2 = existsSync(join(ROOT, 'cgroup.controllers'));
    const hierarchy = isV2 ? ROOT : join(ROOT, 'cpuacct');
    if (process.getuid?.() !== 0 || !existsSync(join(hierarchy, 'cgroup.procs'))) return null;
    return new Accounting(hierarchy, isV2, `sandglass-bench-${process.pid}-${name}`);
  }

  private constructor(hierarchy: string, isV2: boolean, name: string) {
    this.#hierarchy = hierarchy;
    this.#isV2 = isV2;
    this.#group = join(hierarchy, name);
    this.#home = join(hierarchy, ownGroup(isV2));
    mkdirSync(this.#group);
  }

  /** What this process starts from now on counts. */
  enter(): void {
    writeFileSync(join(this.#group, 'cgroup.procs'), String(process.pid));
  }

  leave(): void {
    writeFileSync(join(this.#home, 'cgroup.procs'), String(process.pid));
  }

  /** Sandboxes of a worker of ours: drivers put its process id into the names of their groups. */
  watchWorker(pid: number): void {
    this.#others.push(`/w${pid}-`, `.${pid}.`);
  }

  /** Groups of this name at the top, such as the parent that a daemon was given. */
  watchGroup(name: string): void {
    this.#others.push(join(this.#hierarchy, name));
  }

  /** Processor time of all of them so far, in milliseconds; ended ones included. */
  cpuMs(): number {
    return this.#folders().reduce((sum, folder) => sum + this.#usageMs(folder), 0);
  }

  /** Waits until nothing of it works any more, and returns `cpuMs`: what was begun for a run is a part of its cost. */
  async cpuMsAtRest({withinMs}: {readonly withinMs: number}): Promise<number> {
    const givenUpAt = performance.now() + withinMs;
    for (let before = this.cpuMs(); ; ) {
      await delay(LOOK_EVERY_MS);
      const now = this.cpuMs();
      if (now - before < REST_CPU_MS || performance.now() > givenUpAt) return now;
      before = now;
    }
  }

  /** Living processes in all of them. */
  pids(): number[] {
    return [...new Set(this.#folders().flatMap((folder) => pidsBelow(folder, 0)))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    // What was in it has been told to end; the kernel takes a moment.
    for (let attempt = 1; existsSync(this.#group); attempt += 1) {
      try {
        rmdirSync(this.#group);
      } catch (error) {
        if (attempt === REMOVAL_TRIES) throw error;
        await delay(REMOVAL_PAUSE_MS);
      }
    }
  }

  #folders(): string[] {
    const tops = foldersIn(this.#hierarchy).filter((name) => name.startsWith('sandglass'));
    const candidates = tops.flatMap((top) => {
      const path = join(this.#hierarchy, top);
      return [path, ...foldersIn(path).map((name) => join(path, name))];
    });
    const others = candidates.filter((path) =>
      this.#others.some((wanted) =>
        wanted.startsWith(this.#hierarchy) ? path === wanted : path.includes(wanted),
      ),
    );
    return [this.#group, ...others];
  }

  #usageMs(folder: string): number {
    if (!this.#isV2) return Number(readOrEmpty(join(folder, 'cpuacct.usage'))) / NS_PER_MS;
    const usage = /^usage_usec (\d+)$/m.exec(readOrEmpty(join(folder, 'cpu.stat')))?.[1];
    return Number(usage ?? 0) / US_PER_MS;
  }
}

const LOOK_EVERY_MS = 250;
/** Timers of servers and daemons that have nothing to do. */
const REST_CPU_MS = 10;

function ownGroup(isV2: boolean): string {
  const line = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .find((each) => (isV2 ? each.startsWith('0::') : /^\d+:[^:]*\bcpuacct\b[^:]*:/.test(each)));
  return line?.split(':').slice(2).join(':') ?? '/';
}

function pidsBelow(folder: string, depth: number): number[] {
  if (depth > MOST_DEPTH) return [];
  const own = readOrEmpty(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own, ...foldersIn(folder).flatMap((name) => pidsBelow(join(folder, name), depth + 1))];
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map(({name}) => name);
  } catch {
    return []; // It went while we looked.
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The same.
  }
}
