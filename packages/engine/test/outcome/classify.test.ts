import type {Outcome} from '@sandglass/protocol';
import type {ExitReport} from '@sandglass/sandbox';
import {describe, expect, it} from 'vitest';
import {classify} from '../../src/outcome/classify.ts';
import {runOutcome} from '../../src/outcome/run-outcome.ts';
import type {LimitCause} from '../../src/outcome/verdict.ts';
import {exitReport} from '../support/exit-report.ts';

const CPU_LIMIT_MS = 1000;

interface Row {
  readonly title: string;
  readonly exit: Partial<ExitReport>;
  readonly isOutOfMemory?: boolean;
  readonly outcome: Outcome;
  readonly cause?: LimitCause;
}

const failed = {exitCode: 1} as const;
const killed = {exitCode: null, signal: 'SIGKILL'} as const;

const ROWS: readonly Row[] = [
  {title: 'exit code 0', exit: {}, outcome: 'ok'},
  {title: 'exit code 7', exit: {exitCode: 7}, outcome: 'runtime-error'},
  {title: 'exit code 137 of its own', exit: {exitCode: 137}, outcome: 'runtime-error'},
  {title: 'SIGSEGV', exit: {exitCode: null, signal: 'SIGSEGV'}, outcome: 'signaled'},
  {title: 'SIGKILL of its own', exit: killed, outcome: 'signaled'},

  {
    title: 'stopped at the wall time',
    exit: {...killed, stopReason: 'wall-time'},
    outcome: 'time-limit',
    cause: 'wall-time',
  },
  {
    title: 'stopped at the cpu time',
    exit: {...killed, stopReason: 'cpu-time'},
    outcome: 'time-limit',
    cause: 'cpu-time',
  },
  {
    title: 'stopped at the output limit',
    exit: {...killed, stopReason: 'output-limit'},
    outcome: 'output-limit',
    cause: 'output',
  },
  {
    title: 'stopped out of memory',
    exit: {...killed, stopReason: 'out-of-memory', oomKills: 1},
    outcome: 'memory-limit',
    cause: 'memory',
  },
  {title: 'killed because it was asked for', exit: {...killed, stopReason: 'killed'}, outcome: 'cancelled'},
  {
    title: 'stopped at the wall time although a child was killed for memory later',
    exit: {...killed, stopReason: 'wall-time', oomKills: 1},
    outcome: 'time-limit',
    cause: 'wall-time',
  },
  {
    title: 'stopped at the wall time with a full disk and refused forks',
    exit: {...killed, stopReason: 'wall-time', isDiskFull: true, forksRefused: 9},
    outcome: 'time-limit',
    cause: 'wall-time',
  },
  {
    title: 'ended with code 0 in the moment it was stopped',
    exit: {stopReason: 'wall-time'},
    outcome: 'time-limit',
    cause: 'wall-time',
  },

  {
    title: 'SIGXCPU with the time used up',
    exit: {exitCode: null, signal: 'SIGXCPU', cpuTimeMs: 1001},
    outcome: 'time-limit',
    cause: 'cpu-time',
  },
  {
    title: 'SIGKILL past the hard cpu limit',
    exit: {...killed, cpuTimeMs: 3000},
    outcome: 'time-limit',
    cause: 'cpu-time',
  },
  {
    title: 'SIGXCPU that it raised itself',
    exit: {exitCode: null, signal: 'SIGXCPU', cpuTimeMs: 1},
    outcome: 'signaled',
  },

  {
    title: 'killed by the kernel for memory',
    exit: {...killed, oomKills: 1},
    outcome: 'memory-limit',
    cause: 'memory',
  },
  {
    title: 'a child killed for memory, then exit code 1',
    exit: {...failed, oomKills: 1},
    outcome: 'memory-limit',
    cause: 'memory',
  },
  {
    title: 'a child killed for memory, then exit code 0',
    exit: {oomKills: 1},
    outcome: 'memory-limit',
    cause: 'memory',
  },
  {
    title: 'killed for memory with a full disk',
    exit: {...killed, oomKills: 1, isDiskFull: true},
    outcome: 'memory-limit',
    cause: 'memory',
  },

  {
    title: 'a runtime that says its heap is full',
    exit: failed,
    isOutOfMemory: true,
    outcome: 'memory-limit',
    cause: 'runtime-memory',
  },
  {title: 'a runtime whose full heap was caught, exit code 0', exit: {}, isOutOfMemory: true, outcome: 'ok'},
  {
    title: 'a runtime that aborts with its heap full',
    exit: {exitCode: null, signal: 'SIGABRT'},
    isOutOfMemory: true,
    outcome: 'memory-limit',
    cause: 'runtime-memory',
  },

  {title: 'SIGXFSZ', exit: {exitCode: null, signal: 'SIGXFSZ'}, outcome: 'disk-limit', cause: 'file-size'},
  {
    title: 'failed with a file at its limit',
    exit: {...failed, isFileLimitReached: true},
    outcome: 'disk-limit',
    cause: 'file-size',
  },
  {
    title: 'failed with the disk full',
    exit: {...failed, isDiskFull: true},
    outcome: 'disk-limit',
    cause: 'disk-space',
  },
  {
    title: 'failed with the inodes used up',
    exit: {...failed, isInodesFull: true},
    outcome: 'disk-limit',
    cause: 'disk-files',
  },
  {
    title: 'ended well with the disk full',
    exit: {isDiskFull: true, isInodesFull: true, isFileLimitReached: true},
    outcome: 'ok',
  },
  {
    title: 'SIGBUS with the disk full',
    exit: {exitCode: null, signal: 'SIGBUS', isDiskFull: true},
    outcome: 'disk-limit',
    cause: 'disk-space',
  },

  {
    title: 'failed after refused forks',
    exit: {...failed, forksRefused: 3},
    outcome: 'process-limit',
    cause: 'processes',
  },
  {title: 'ended well after refused forks', exit: {forksRefused: 3}, outcome: 'ok'},
  {
    title: 'aborted after refused threads',
    exit: {exitCode: null, signal: 'SIGABRT', forksRefused: 1},
    outcome: 'process-limit',
    cause: 'processes',
  },
  {
    title: 'failed with the disk full and refused forks',
    exit: {...failed, isDiskFull: true, forksRefused: 1},
    outcome: 'disk-limit',
    cause: 'disk-space',
  },

  {title: 'truncated output, exit code 0', exit: {isStdoutTruncated: true}, outcome: 'ok'},
  {
    title: 'truncated output, exit code 1',
    exit: {...failed, isStderrTruncated: true},
    outcome: 'runtime-error',
  },
];

describe('classify', () => {
  it.each(ROWS)('calls a program with $title $outcome', ({exit, isOutOfMemory = false, outcome, cause}) => {
    const verdict = classify(exitReport(exit), {
      limits: {cpuTimeMs: CPU_LIMIT_MS},
      isOutOfMemory: () => isOutOfMemory,
    });
    expect(runOutcome(verdict)).toBe(outcome);
    expect(verdict.kind === 'limit' ? verdict.cause : undefined).toBe(cause);
  });

  it('does not ask a runtime about memory when the program ended well', () => {
    const isOutOfMemory = () => {
      throw new Error('was asked');
    };
    expect(classify(exitReport(), {limits: {cpuTimeMs: CPU_LIMIT_MS}, isOutOfMemory})).toEqual({kind: 'ok'});
  });
});
