import type {Run, RunSpec} from '@sandglass/protocol';
import type {ActiveRun, RunFilter} from '@sandglass/store';
import type {Followed} from './follow-events.ts';
import type {LiveRun} from './live-run.ts';
import type {Acceptance, AcceptOptions, WaitOptions} from './run-service.ts';

/** What happens to runs from the outside, whether this process executes them or others do. */
export interface Runs {
  /** New runs are refused by now. */
  readonly isStopping: boolean;
  accept(specs: readonly RunSpec[], options: AcceptOptions): Promise<Acceptance>;
  /** Runs of every owner that are not finished, wherever they are executed, oldest first; only the one with this id when there is one. */
  active(asked: {readonly id: string | null; readonly limit: number}): Promise<readonly ActiveRun[]>;
  get(id: string, owner: string): Promise<Run>;
  wait(id: string, owner: string, options: WaitOptions): Promise<Run>;
  /** The same for a run at hand, without looking it up. */
  waitForLive(live: LiveRun, options: WaitOptions): Promise<Run>;
  list(
    owner: string,
    page: {filter: RunFilter; cursor: string | null; limit: number},
  ): Promise<{runs: Run[]; nextCursor: string | null}>;
  batch(id: string, owner: string): Promise<Run[]>;
  cancel(id: string, owner: string, signal: AbortSignal): Promise<Run>;
  /**
   * The run's events after number `lastSeq`: those that are kept, then each as it happens, until its end or the signal's. Throws
   * `not-found` before the first.
   */
  follow(
    id: string,
    owner: string,
    options: {readonly lastSeq: number; readonly signal: AbortSignal},
  ): Promise<AsyncIterable<Followed>>;
}
