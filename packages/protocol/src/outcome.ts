/** Where a run stands. States only move to the right; `compiling` is skipped by interpreted languages. */
export const RUN_STATES = ['queued', 'compiling', 'running', 'finished'] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * How a run ended. Everything except `internal-error` is the program's (or its author's) doing and a *result*;
 * `internal-error` is ours and never stands for something that the program did.
 */
export const OUTCOMES = [
  'ok',
  'wrong-answer',
  'compile-error',
  'runtime-error',
  'signaled',
  'time-limit',
  'memory-limit',
  'output-limit',
  'disk-limit',
  'process-limit',
  'cancelled',
  'internal-error',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
