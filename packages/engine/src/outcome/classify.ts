import type {Limits} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import type {LimitCause, Verdict} from './verdict.ts';

/** What is looked at beside the report itself. */
export interface ClassifyContext {
  readonly limits: Pick<Limits, 'cpuTimeMs'>;
  /** True when the language's runtime itself said that its memory was full. Asked only about a program that failed. */
  readonly isOutOfMemory: () => boolean;
}

/**
 * Says why a program ended. What struck first ended it, so causes are asked for in this order (`docs/outcomes.md`):
 *
 * 1. The agent stopped it: its first reason stands, whatever the end looks like.
 * 2. The kernel stopped it: processor time used up (SIGXCPU, or SIGKILL past it; setrlimit(2)), or a process of it killed for
 *    memory, counted by the memory cgroup. The last holds however the program ended: it did not have the memory that it asked for.
 * 3. It ended by itself with code 0: `ok`, also when it ran into a bound on the way and coped.
 * 4. It failed beside a bound that refused it something: file size, runtime memory, space, processes.
 * 5. It failed for reasons of its own.
 *
 * An exit code is never read as a signal: 137 is a program's own 137 unless a counter says more.
 */
export function classify(exit: ExitReport, context: ClassifyContext): Verdict {
  return stoppedByAgent(exit) ?? stoppedByKernel(exit, context) ?? endedByItself(exit, context);
}

function stoppedByAgent({stopReason}: ExitReport): Verdict | null {
  switch (stopReason) {
    case 'none':
      return null;
    case 'wall-time':
      return limit('wall-time');
    case 'cpu-time':
      return limit('cpu-time');
    case 'output-limit':
      return limit('output');
    case 'out-of-memory':
      return limit('memory');
    case 'killed':
      return {kind: 'cancelled'};
    default:
      return stopReason satisfies never;
  }
}

function stoppedByKernel(exit: ExitReport, {limits}: ClassifyContext): Verdict | null {
  const isTimeSignal = exit.signal === 'SIGXCPU' || exit.signal === 'SIGKILL';
  // A program may raise the signal itself; only with the time used up was it the kernel.
  if (isTimeSignal && exit.cpuTimeMs >= limits.cpuTimeMs) return limit('cpu-time');
  if (exit.oomKills > 0) return limit('memory');
  return null;
}

function endedByItself(exit: ExitReport, context: ClassifyContext): Verdict {
  if (exit.exitCode === 0) return {kind: 'ok'};
  const refused = refusedBy(exit, context);
  if (refused !== null) return limit(refused);
  if (exit.signal !== null) return {kind: 'signaled', signal: exit.signal};
  // A report has a signal or a code: `ExitReport` is checked by the agent client.
  return {kind: 'failed', exitCode: exit.exitCode ?? 0};
}

function refusedBy(exit: ExitReport, {isOutOfMemory}: ClassifyContext): LimitCause | null {
  if (exit.signal === 'SIGXFSZ') return 'file-size';
  if (isOutOfMemory()) return 'runtime-memory';
  if (exit.isDiskFull) return 'disk-space';
  if (exit.isInodesFull) return 'disk-files';
  if (exit.isFileLimitReached) return 'file-size';
  if (exit.forksRefused > 0) return 'processes';
  return null;
}

function limit(cause: LimitCause): Verdict {
  return {kind: 'limit', cause};
}
