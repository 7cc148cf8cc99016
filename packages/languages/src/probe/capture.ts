import {DEFAULT_COMPILE_LIMITS} from '@sandglass/protocol';
import type {ExitReport, Sandbox} from '@sandglass/sandbox';
import {programEnvironment} from '../environment.ts';
import type {StagePlan} from '../recipe.ts';

/** What a probe's program wrote and how it ended. */
export interface Captured {
  readonly exit: ExitReport;
  readonly stdout: string;
  /** stdout and stderr together, for version numbers and error messages that may come on either. */
  readonly text: string;
}

/** Far more than a version line or a hello needs. */
const OUTPUT_BYTES = 64 * 1024;

/** Starts a plan in a sandbox and collects its output, bounded in size and by the compile limits in time. */
export async function capture(
  sandbox: Sandbox,
  plan: StagePlan,
  stdin: Uint8Array = new Uint8Array(),
): Promise<Captured> {
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const execution = sandbox.exec({
    argv: plan.argv,
    env: programEnvironment({recipe: plan.env, user: {}, hasTerminal: false}),
    cwd: '',
    files: plan.files,
    stdin,
    terminal: null,
    wallTimeMs: DEFAULT_COMPILE_LIMITS.wallTimeMs,
    cpuTimeMs: DEFAULT_COMPILE_LIMITS.cpuTimeMs,
    outputBytes: OUTPUT_BYTES,
    fileBytes: DEFAULT_COMPILE_LIMITS.fileBytes,
    processes: DEFAULT_COMPILE_LIMITS.processes,
    stopAtOutputLimit: true,
    keepOthers: false,
    onOutput: (stream, data) => {
      // The driver may reuse its buffer after this returns.
      (stream === 'stderr' ? stderr : stdout).push(Uint8Array.from(data));
    },
  });
  // A program that cannot be started rejects both; `exited` is the one that is awaited.
  execution.started.catch(() => {});
  const exit = await execution.exited;
  const output = Buffer.concat(stdout).toString();
  return {exit, stdout: output, text: output + Buffer.concat(stderr).toString()};
}
