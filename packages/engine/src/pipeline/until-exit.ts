import type {Execution, ExitReport, Sandbox, SandboxUsage} from '@sandglass/sandbox';
import type {OutputCapture} from '../output/output-capture.ts';

/**
 * How long a kill through the agent may take. It takes a few milliseconds; an agent that does not answer is ended together with its
 * sandbox, and all of it stays within the second that a cancelled run has.
 */
const KILL_GRACE_MS = 400;

export interface ExitWatch {
  readonly output: OutputCapture;
  /** By `performance.now()`. */
  readonly startedAtMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits for a program's end. When `signal` aborts, every process in the sandbox is killed: first through the agent, which still
 * reports what the program wrote and used; if it does not answer, by destroying the sandbox.
 */
export async function untilExit(
  sandbox: Sandbox,
  execution: Execution,
  {output, startedAtMs, signal}: ExitWatch,
): Promise<ExitReport> {
  if (signal === undefined) return await execution.exited;
  const forced = Promise.withResolvers<ExitReport>();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    // Whether it worked shows in the execution's end; the timer is there for when it did not.
    sandbox.killAll().catch(() => undefined);
    timer = setTimeout(() => {
      sandbox
        .destroy()
        .then(
          (usage) => forced.resolve(forcedReport(usage, output, performance.now() - startedAtMs)),
          forced.reject,
        );
    }, KILL_GRACE_MS);
  };
  signal.addEventListener('abort', stop, {once: true});
  if (signal.aborted) stop();
  try {
    return await Promise.race([untilLost(execution.exited, forced.promise, signal), forced.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Once the sandbox of a cancelled run is being destroyed, losing it is what was wanted. */
async function untilLost(
  exited: Promise<ExitReport>,
  forced: Promise<ExitReport>,
  signal: AbortSignal,
): Promise<ExitReport> {
  try {
    return await exited;
  } catch (error) {
    if (!signal.aborted) throw error;
    return await forced;
  }
}

/** What the host knows of a program whose sandbox had to be destroyed around it. */
function forcedReport(usage: SandboxUsage, output: OutputCapture, wallTimeMs: number): ExitReport {
  return {
    exitCode: null,
    signal: 'SIGKILL',
    stopReason: 'killed',
    wallTimeMs,
    cpuTimeMs: usage.cpuTimeMs,
    memoryPeakBytes: usage.memoryPeakBytes,
    processesPeak: 0,
    oomKills: usage.oomKills,
    forksRefused: 0,
    stdoutBytes: output.stdout.length,
    stderrBytes: output.stderr.length,
    diskUsedBytes: 0,
    isDiskFull: false,
    isInodesFull: false,
    isFileLimitReached: false,
    isStdoutTruncated: false,
    isStderrTruncated: false,
  };
}
