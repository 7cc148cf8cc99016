import type {Outcome} from '@sandglass/protocol';
import type {LimitCause, Verdict} from './verdict.ts';

const LIMIT_OUTCOMES: Readonly<Record<LimitCause, Outcome>> = {
  'wall-time': 'time-limit',
  'cpu-time': 'time-limit',
  memory: 'memory-limit',
  'runtime-memory': 'memory-limit',
  output: 'output-limit',
  'disk-space': 'disk-limit',
  'disk-files': 'disk-limit',
  'file-size': 'disk-limit',
  processes: 'process-limit',
};

/** The outcome of a run whose program ended so. */
export function runOutcome(verdict: Verdict): Outcome {
  switch (verdict.kind) {
    case 'ok':
    case 'cancelled':
      return verdict.kind;
    case 'failed':
      return 'runtime-error';
    case 'signaled':
      return 'signaled';
    case 'limit':
      return LIMIT_OUTCOMES[verdict.cause];
    default:
      return verdict satisfies never;
  }
}
