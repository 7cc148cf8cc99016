import type {Run} from '@sandglass/protocol';

/** Who is told how runs go; logs, metrics and callbacks hang here. Must not throw. */
export interface RunObserver {
  /** The result is durable. */
  finished(run: Run, facts: {readonly hasCallback: boolean}): void;
  /** An attempt ended in a fault of our own; `willRetry` says whether another follows. */
  faulted(
    runId: string,
    facts: {readonly attempt: number; readonly error: unknown; readonly willRetry: boolean},
  ): void;
  /** The queue could not be asked; it is asked again. */
  takeFailed(error: unknown): void;
}
