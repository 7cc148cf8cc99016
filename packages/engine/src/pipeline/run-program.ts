import type {Limits} from '@sandglass/protocol';
import type {Execution, ExitReport, Sandbox, SandboxFile, SandboxLimits} from '@sandglass/sandbox';
import type {Interaction} from '../interaction.ts';
import {OutputCapture} from '../output/output-capture.ts';
import {isTooLarge, type StartProblem, startProblem} from './start-problem.ts';
import {untilExit} from './until-exit.ts';

/** A program and everything that it is started with. */
export interface StageProgram {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly SandboxFile[];
  readonly stdin: Uint8Array;
  /** Keeps stdin open behind `stdin` and may give the program a terminal. */
  readonly interaction?: Interaction | undefined;
  readonly limits: Limits;
  readonly stopAtOutputLimit: boolean;
  /** Sees the kept part of the output (all of it in an interaction), in order; a returned promise holds the rest back until it settles or the run is cancelled. */
  readonly onOutput:
    | ((stream: 'stdout' | 'stderr', data: Uint8Array, atMs: number) => void | Promise<void>)
    | undefined;
}

/** How an attempt to run a program went: it ran to its end, or was not started for a reason that lies in the request. */
export type ProgramReport =
  | {readonly kind: 'ended'; readonly exit: ExitReport; readonly output: OutputCapture}
  | {readonly kind: StartProblem};

/** Starts one program in a fresh sandbox and waits for its end; an abort of `signal` kills it and its output up to then is kept. */
export async function runProgram(
  sandbox: Sandbox,
  program: StageProgram,
  {signal}: {readonly signal: AbortSignal | undefined},
): Promise<ProgramReport> {
  const {limits, interaction} = program;
  if (isTooLarge(program.files, limits)) return {kind: 'no-room'};
  const output = new OutputCapture(limits.outputBytes);
  const startedAtMs = performance.now();
  const execution = sandbox.exec({
    argv: program.argv,
    env: program.env,
    cwd: '',
    files: program.files,
    stdin: interaction === undefined ? program.stdin : 'open',
    terminal: interaction?.terminal ?? null,
    wallTimeMs: limits.wallTimeMs,
    cpuTimeMs: limits.cpuTimeMs,
    // Whoever talks to the program gets all that it says; the capture keeps to the bound by itself.
    outputBytes: interaction === undefined || program.stopAtOutputLimit ? limits.outputBytes : 0,
    fileBytes: limits.fileBytes,
    processes: limits.processes,
    stopAtOutputLimit: program.stopAtOutputLimit,
    keepOthers: false,
    onOutput: (stream, data) => {
      const kept = output.add(stream, data);
      const shown = interaction === undefined ? kept : data;
      if (program.onOutput === undefined || shown.length === 0) return;
      const atMs = performance.now() - startedAtMs;
      const taken = program.onOutput(stream === 'stderr' ? 'stderr' : 'stdout', shown, atMs);
      return taken === undefined || signal === undefined ? taken : settledOrAborted(taken, signal);
    },
  });
  if (interaction !== undefined) connect(interaction, execution, program.stdin);
  try {
    return {kind: 'ended', exit: await untilExit(sandbox, execution, {output, startedAtMs, signal}), output};
  } catch (error) {
    const problem = startProblem(error, program.argv);
    if (problem === null) throw error;
    return {kind: problem};
  }
}

/** The bounds of a whole sandbox that follow from a stage's limits. */
export function sandboxLimits({memoryBytes, processes, cpuCount, diskBytes}: Limits): SandboxLimits {
  return {memoryBytes, processes, cpuCount, diskBytes};
}

/** What the request says on stdin goes first. A program that ends without reading it is no fault. */
function connect(interaction: Interaction, execution: Execution, stdin: Uint8Array): void {
  if (stdin.length > 0) execution.write(stdin).catch(() => undefined);
  interaction.onProgram(execution);
}

/** A reader that has stopped reading must not keep a cancelled run alive. */
async function settledOrAborted(taken: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const {promise, resolve} = Promise.withResolvers<void>();
  const give = () => resolve();
  signal.addEventListener('abort', give, {once: true});
  try {
    await Promise.race([taken, promise]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
