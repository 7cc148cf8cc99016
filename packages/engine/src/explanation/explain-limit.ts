import type {Limits} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import {CAUSE_LIMITS, type LimitCause} from '../outcome/verdict.ts';
import {roundTime} from '../output/round-time.ts';
import type {Explained, ExplanationCode} from './codes.ts';
import {programEnd} from './program-end.ts';
import {quantity} from './quantities.ts';

/** The stage whose limit struck: who is spoken of, and what the limit is called in the request. */
export interface LimitedStage {
  readonly kind: 'compile' | 'run';
  readonly limits: Limits;
}

/** Says which limit struck, how much was allowed and used, and what usually brings a program there. */
export function explainLimit(cause: LimitCause, exit: ExitReport, stage: LimitedStage): Explained {
  const limit = CAUSE_LIMITS[cause];
  const allowed = stage.limits[limit];
  const subject = stage.kind === 'compile' ? 'The compiler' : 'The program';
  const field = `${stage.kind === 'compile' ? 'compileLimits' : 'limits'}.${limit}`;
  const sentence = SENTENCES[cause]({subject, allowed: quantity(limit, allowed), field, exit});
  const hint = stage.kind === 'run' ? RUN_HINTS[cause](exit) : `Raise ${field} if the sources need it.`;
  return {
    code: stage.kind === 'compile' ? `compile-${LIMIT_CODES[cause]}` : LIMIT_CODES[cause],
    message: `${sentence} ${hint}`,
    limit,
    allowed,
    peak: peakOf(cause, exit, allowed),
  };
}

const LIMIT_CODES = {
  'wall-time': 'wall-time-limit',
  'cpu-time': 'cpu-time-limit',
  memory: 'memory-limit',
  'runtime-memory': 'runtime-memory-limit',
  output: 'output-limit',
  'disk-space': 'disk-space-limit',
  'disk-files': 'disk-files-limit',
  'file-size': 'file-size-limit',
  processes: 'process-limit',
} as const satisfies Readonly<Record<LimitCause, ExplanationCode>>;

interface SentenceParts {
  readonly subject: string;
  readonly allowed: string;
  readonly field: string;
  readonly exit: ExitReport;
}

const SENTENCES: Readonly<Record<LimitCause, (parts: SentenceParts) => string>> = {
  'wall-time': ({subject, allowed, field}) =>
    `${subject} was still running after ${allowed}, the time it is allowed (${field}), and was stopped.`,
  'cpu-time': ({subject, allowed, field}) =>
    `${subject} used up the ${allowed} of processor time it is allowed (${field}; all its processes and threads count) and was stopped.`,
  memory: ({subject, allowed, field, exit}) =>
    exit.stopReason === 'none' && exit.signal === null
      ? `${subject} needed more memory than the ${allowed} it is allowed (${field}): one of its processes was stopped for it.`
      : `${subject} needed more memory than the ${allowed} it is allowed (${field}) and was stopped.`,
  'runtime-memory': ({subject, allowed, field, exit}) =>
    `${subject} filled all the memory that its runtime could give it, the larger part of the ${allowed} it is allowed (${field}), and ${programEnd(exit)}.`,
  output: ({subject, allowed, field}) =>
    `${subject} wrote more than the ${allowed} of output it is allowed (${field}) and was stopped.`,
  'disk-space': ({subject, allowed, field, exit}) =>
    `${subject} filled the ${allowed} of disk space it is allowed (${field}) and ${programEnd(exit)}.`,
  'disk-files': ({subject, allowed, field, exit}) =>
    `${subject} made more files and folders than fit into the disk space of ${allowed} it is allowed (${field}) and ${programEnd(exit)}.`,
  'file-size': ({subject, allowed, field, exit}) =>
    `${subject} wrote a file up to the ${allowed} that one file is allowed (${field}) and ${programEnd(exit)}.`,
  processes: ({subject, allowed, field, exit}) =>
    `${subject} tried to have more processes and threads at once than the ${allowed} it is allowed (${field}) and ${programEnd(exit)}.`,
};

/** Below this share of the wall time a program did not compute: it waited. */
const WAITING_SHARE = 0.1;

const RUN_HINTS: Readonly<Record<LimitCause, (exit: ExitReport) => string>> = {
  'wall-time': ({wallTimeMs, cpuTimeMs}) =>
    cpuTimeMs < wallTimeMs * WAITING_SHARE
      ? 'It hardly used the processor, so it was waiting: for input that did not come, for a lock, or in a sleep.'
      : 'It was computing: look for a loop that does not end, or a method that is too slow for this input.',
  'cpu-time': () => 'Look for a loop that does not end, or a method that is too slow for this input.',
  memory: () =>
    'Look for a collection that grows without end, recursion that does not stop, or data kept longer than needed. Files that it writes count too.',
  'runtime-memory': () => 'Look for a collection that grows without end, or data kept longer than needed.',
  output: () => 'Look for a print in a loop that does not end. What it wrote up to the limit is kept.',
  'disk-space': () => 'Write less, or delete files that are no longer needed.',
  'disk-files': () => 'Make fewer files, or delete those that are no longer needed.',
  'file-size': () => 'Look for a write in a loop that does not end, or spread the data over several files.',
  processes: () => 'Look for processes or threads started in a loop, and wait for each before starting more.',
};

function peakOf(cause: LimitCause, exit: ExitReport, allowed: number): number {
  switch (cause) {
    case 'wall-time':
      return roundTime(exit.wallTimeMs);
    case 'cpu-time':
      return roundTime(exit.cpuTimeMs);
    case 'memory':
    case 'runtime-memory':
      return exit.memoryPeakBytes;
    case 'output':
      return Math.max(exit.stdoutBytes, exit.stderrBytes);
    case 'disk-space':
    case 'disk-files':
      return exit.diskUsedBytes;
    case 'file-size':
      // The kernel lets a file grow to the limit exactly.
      return allowed;
    case 'processes':
      return exit.processesPeak;
    default:
      return cause satisfies never;
  }
}
