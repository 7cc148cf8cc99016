import {execFile} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {machineCpuMs} from '../machine-cpu.ts';
import type {Workload} from '../workloads.ts';
import type {SpawnTimer, TimedCommands} from './spawn-timer.ts';
import type {Load, Starter, Subject} from './subject.ts';

const run = promisify(execFile);

/** How a program is started: as it is, or through another one that isolates it. */
export interface Wrapping {
  readonly name: string;
  /** The commands that run `argv` once, in `folder`, which the program may write to. All of them are measured. */
  readonly wrap: (argv: readonly string[], folder: string) => readonly (readonly string[])[];
  /** True when a daemon does the work: what it uses is no child's time, so the whole machine's is taken. */
  readonly usesDaemon: boolean;
  /** Takes away what was made for it. */
  readonly release?: () => Promise<unknown>;
}

export const BY_HAND: Wrapping = {name: 'by hand', wrap: (argv) => [argv], usesDaemon: false};

/** Runs programs as processes of this machine, below `folder`, timed by `timer`. */
export class ProcessSubject implements Subject {
  readonly name: string;
  readonly cpuOf: string;
  readonly memoryOf: string;
  readonly #wrapping: Wrapping;
  readonly #folder: string;
  readonly #timer: SpawnTimer;

  constructor(wrapping: Wrapping, {folder, timer}: {readonly folder: string; readonly timer: SpawnTimer}) {
    this.name = wrapping.name;
    this.cpuOf = wrapping.usesDaemon ? 'the whole machine' : 'the processes started (getrusage)';
    this.memoryOf = 'largest resident set of a process (getrusage)';
    this.#wrapping = wrapping;
    this.#folder = folder;
    this.#timer = timer;
  }

  async prepare(workload: Workload): Promise<Starter> {
    const timed = await this.#lay(workload);
    await this.#expectOutput(workload, timed);
    return async (starts) => {
      if (!this.#wrapping.usesDaemon) return await this.#timer(timed, starts);
      const before = await machineCpuMs();
      const {timesMs} = await this.#timer(timed, starts);
      // What the client of a daemon holds says nothing about the program.
      return {timesMs, cpuMs: (await machineCpuMs()) - before, memoryBytes: null};
    };
  }

  /** As a person would, with xargs; the clients are its processes. */
  async throughput(workload: Workload, {clients, durationMs}: Load): Promise<number> {
    const timed = await this.#lay(workload);
    const {timesMs} = await this.#timer(timed, 3);
    const count = Math.max(clients, Math.round((durationMs * clients) / Math.min(...timesMs)));
    const [only, ...more] = timed.commands;
    const command =
      only !== undefined && more.length === 0 ? only.map(quote).join(' ') : `/bin/sh -c '${script(timed)}'`;
    const shell = `seq ${count} | xargs -P${clients} -I{} ${command} >/dev/null`;
    const startedAt = performance.now();
    await run('/bin/sh', ['-c', shell], {cwd: timed.folder});
    return (count * 1000) / (performance.now() - startedAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wrapping.release?.();
  }

  async #lay(workload: Workload): Promise<TimedCommands> {
    const folder = join(this.#folder, this.name.replaceAll(' ', '-'), workload.id);
    await mkdir(folder, {recursive: true});
    await writeFile(join(folder, workload.sourceFile), workload.code);
    await writeFile(join(folder, 'stdin'), workload.stdin);
    const {buildArgv, isBuildTimed} = workload;
    const [compiler, ...options] = buildArgv ?? [];
    if (compiler !== undefined && !isBuildTimed) await run(compiler, options, {cwd: folder});
    const start = workload.startArgv.map((part) => part.replace('{folder}', folder));
    const argvs = buildArgv !== null && isBuildTimed ? [buildArgv, start] : [start];
    return {
      commands: argvs.flatMap((argv) => this.#wrapping.wrap(argv, folder)),
      folder,
      stdinFile: join(folder, 'stdin'),
    };
  }

  /** A wrapping that starts nothing would be the fastest of all. */
  async #expectOutput({title, expected}: Workload, timed: TimedCommands): Promise<void> {
    const {stdout} = await run('/bin/sh', ['-c', script(timed)], {cwd: timed.folder});
    // What stands around the program may print, too.
    if (!stdout.includes(expected))
      throw new Error(
        `${this.name} ran ${title} and got ${JSON.stringify(stdout.slice(0, 200))}, not ${JSON.stringify(expected)}.`,
      );
  }
}

function script({commands, stdinFile}: TimedCommands): string {
  return commands.map((command) => `${command.map(quote).join(' ')} <${quote(stdinFile)}`).join(' && ');
}

/** Paths and options of ours; a quote in one would be a fault. */
function quote(word: string): string {
  if (/^[\w./:=,+-]+$/.test(word)) return word;
  if (word.includes('"') || word.includes("'")) throw new RangeError(`Cannot pass ${word} to a shell.`);
  return `"${word}"`;
}
