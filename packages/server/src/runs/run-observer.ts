import type {Run} from '@sandglass/protocol';

/** Parts of the server's own work that are timed for each run. */
export type OwnStage = 'accept' | 'sandbox' | 'store';

/** Who is told how runs go; logs, metrics and callbacks hang here. Must not throw. */
export interface RunObserver {
  /** The result is durable. */
  finished(run: Run, facts: {readonly hasCallback: boolean}): void;
  /** An attempt ended in a fault of our own; `willRetry` says whether another follows. */
  faulted(
    runId: string,
    facts: {readonly attempt: number; readonly error: unknown; readonly willRetry: boolean},
  ): void;
  /** A part of a run's way has ended. */
  timed(stage: OwnStage, durationMs: number): void;
  /** The queue could not be asked; it is asked again. */
  takeFailed(error: unknown): void;
}
