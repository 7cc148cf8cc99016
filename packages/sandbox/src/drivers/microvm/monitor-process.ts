import {type ChildProcess, type StdioOptions, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import type {SandboxUsage} from '../../driver.ts';
import type {Confinement} from './confinement.ts';
import {LastLines} from './last-lines.ts';

/** SIGKILL ends a monitor within milliseconds; past this its process is stuck in the kernel. */
const DEAD_WITHIN_MS = 5_000;

/** 1/100 s on every architecture (proc_pid_stat(5), sysconf(_SC_CLK_TCK)). */
const MS_PER_TICK = 10;

/** Descriptors 0 to 2 of a monitor are taken; what it is given begins here. */
export const FIRST_GIVEN_DESCRIPTOR = 3;

/** One thing that a monitor inherits: an open file, or one end of a new stream. */
export type Given = number | 'stream';

/** The process of a machine monitor, confined. The holder owns it and must `kill` it. */
export class MonitorProcess {
  /** Resolves with what it said last, once it has ended and everything it said was read. */
  readonly ended: Promise<string>;
  readonly lastLines: LastLines;
  readonly #child: ChildProcess;
  readonly #confinement: Confinement;
  #killing: Promise<SandboxUsage> | null = null;

  /**
   * Starts `argv` as an unprivileged user of its own, in groups and namespaces of its own; it ends when this worker does.
   * `given[0]` becomes descriptor 3, and so on. Owns the confinement from here on.
   */
  static start(options: {
    readonly nativeDir: string;
    readonly confinement: Confinement;
    readonly argv: readonly string[];
    readonly given: readonly Given[];
    /** See `Confinement.guardedOptions`. */
    readonly isGuarded?: boolean;
    /** Default: the root. */
    readonly workingDir?: string;
    readonly onLine?: ((line: string) => void) | undefined;
  }): MonitorProcess {
    return new MonitorProcess(options);
  }

  private constructor(options: Parameters<typeof MonitorProcess.start>[0]) {
    this.#confinement = options.confinement;
    const stdio: StdioOptions = [
      'ignore',
      'pipe',
      'pipe',
      ...options.given.map((each) => (each === 'stream' ? 'pipe' : each)),
    ];
    const {options: own, guardedOptions} = options.confinement;
    const bounds = options.isGuarded === true ? guardedOptions : own;
    this.#child = spawn(
      `${options.nativeDir}/sandglass-machine`,
      ['run', '--parent', String(process.pid), ...bounds, '--', ...options.argv],
      // Its own session: Ctrl-C in the worker's terminal must not end machines before the worker has drained.
      {stdio, env: {}, cwd: options.workingDir ?? '/', detached: true},
    );
    this.lastLines = new LastLines(options.onLine);
    this.lastLines.follow(this.#child.stdout);
    this.lastLines.follow(this.#child.stderr);
    this.ended = this.#watch(options.argv[0] ?? '');
  }

  /** The kernel's id of what was started; a guarded program is a descendant of it. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** This side of a stream that was given; `index` counts from the first given thing. */
  stream(index: number): Duplex {
    const stream = this.#child.stdio[FIRST_GIVEN_DESCRIPTOR + index];
    // libuv makes a socket pair for each 'pipe' past the standard streams; the types know only of one direction.
    if (stream === null || stream === undefined || !('write' in stream) || !('read' in stream))
      throw new SandglassError('isolation-failed', 'Cannot talk to a machine monitor: it did not start.');
    return stream as unknown as Duplex;
  }

  kill(): Promise<SandboxUsage> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  async #kill(): Promise<SandboxUsage> {
    const usage = this.#usage();
    this.#child.kill('SIGKILL');
    const timeout = new AbortController();
    const isDead = await Promise.race([
      this.ended.then(() => true),
      delay(DEAD_WITHIN_MS, false, {signal: timeout.signal}).catch(() => true),
    ]);
    timeout.abort();
    if (!isDead)
      throw new SandglassError(
        'sandbox-lost',
        `Machine monitor ${this.pid} was not dead ${DEAD_WITHIN_MS} ms after SIGKILL. Look at the kernel's log.`,
      );
    await this.#confinement.release();
    return usage;
  }

  /** As the host's kernel counted it; the guest's own figures could be anything by now. */
  #usage(): SandboxUsage {
    const none = {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};
    return this.pid === 0 ? none : usageOf(this.pid);
  }

  async #watch(program: string): Promise<string> {
    try {
      const [exitCode, signal] = (await once(this.#child, 'close')) as [number | null, string | null];
      const how = signal === null ? `with exit code ${exitCode}` : `by ${signal}`;
      return `${program} ended ${how}${this.lastLines.quoted()}`;
    } catch (error) {
      return `${program} could not be started: ${String(error)}`;
    }
  }
}

/** Of a process and all below it, as far as they are still there. */
function usageOf(pid: number): SandboxUsage {
  let usage: SandboxUsage = {cpuTimeMs: 0, memoryPeakBytes: 0, oomKills: 0};
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // Fields 14 and 15 of proc_pid_stat(5); the first here is the third there.
    const ticks = Number(fields[11]) + Number(fields[12]);
    usage = {
      cpuTimeMs: ticks * MS_PER_TICK,
      memoryPeakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024,
      oomKills: 0,
    };
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.map((child) => usageOf(Number(child))).reduce(addUsage, usage);
  } catch {
    return usage; // It has ended by itself, and its figures with it.
  }
}

function addUsage(first: SandboxUsage, second: SandboxUsage): SandboxUsage {
  return {
    cpuTimeMs: first.cpuTimeMs + second.cpuTimeMs,
    memoryPeakBytes: first.memoryPeakBytes + second.memoryPeakBytes,
    oomKills: 0,
  };
}
