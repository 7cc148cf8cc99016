import type {StageTime} from '@sandglass/engine';

/** Where runs came from, as far as a trace tells. */
export type RunOrigin =
  | {readonly kind: 'http'; readonly method: string; readonly route: string; readonly traceparent: unknown}
  | {readonly kind: 'message'; readonly queue: string; readonly traceparent: unknown}
  | {readonly kind: 'live'};

/** What spans tell of a run. Never its sources, input, output, arguments or environment. */
export interface TracedRun {
  readonly id: string;
  readonly language: {readonly id: string; readonly version: string};
  readonly priority: string;
  /** Of the acceptance, as it came through the queue; null when that was not traced. */
  readonly traceparent: string | null;
}

/**
 * Spans of runs, one trace for each request whichever processes its runs pass through: `accept` in the process that took it, then for each attempt
 * of a run `queue` and `attempt`, and in that `sandbox`, `compile`, `run` and `store`. Servers that export no traces have none of this.
 */
export interface RunTraces extends AsyncDisposable {
  accept(origin: RunOrigin): AcceptTrace;
  /** `waitingSinceMs` is a time of day; null for a run that never waited. */
  attempt(
    run: TracedRun,
    turn: {readonly attempt: number; readonly waitingSinceMs: number | null},
  ): AttemptTrace;
}

export interface AcceptTrace {
  /** What makes spans of other processes children of this one (W3C Trace Context, section 3.2). */
  readonly traceparent: string;
  accepted(runIds: readonly string[]): void;
  refused(error: unknown): void;
}

export interface AttemptTrace {
  stage(time: Omit<StageTime, 'stage'> & {readonly stage: StageTime['stage'] | 'store'}): void;
  ended(outcome: string): void;
  failed(error: unknown): void;
  /** Closes the attempt's span; what comes later is left out. Idempotent. */
  close(): void;
}
