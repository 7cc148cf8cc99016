import type {RunResult} from '@sandglass/protocol';
import type {RunChange} from '../operations/announce.ts';
import type {ActiveRun} from '../operations/unfinished-runs.ts';
import type {AcceptResult, IdempotencyClaim, NewRun, RunStore, StoredRun} from '../run-store.ts';

export type Lane = 'interactive' | 'batch';
export const LANES: readonly Lane[] = ['interactive', 'batch'];

/** How accepted runs line up; see `TurnPlacing`. */
export interface TurnOptions {
  readonly weight: number;
  readonly isLive: boolean;
  readonly holder: {readonly worker: string; readonly leaseMs: number; readonly isAttended: boolean} | null;
  /** Kept for whoever takes the runs; says nothing to the store. */
  readonly traceparent?: string | null;
}

/** A run that a worker has taken, with the attempt number that is now the fence. */
export interface ClaimedRun {
  readonly stored: StoredRun;
  readonly attempt: number;
  /** Attempts before this one that ended by a fault of ours. */
  readonly faults: number;
  /** Somebody may follow it while it runs. */
  readonly isLive: boolean;
  /** As given at acceptance. */
  readonly traceparent: string | null;
  /** Since when it was ready to be taken, a time of day in milliseconds. */
  readonly waitingSinceMs: number;
}

/** An attempt that a worker holds. */
export interface HeldAttempt {
  readonly runId: string;
  readonly attempt: number;
}

export interface RenewedLease {
  readonly runId: string;
  readonly attempt: number;
  readonly isCancelled: boolean;
}

/** A run whose worker fell silent; it is nobody's now. */
export interface LostRun {
  readonly runId: string;
  readonly attempt: number;
  readonly owner: string;
  readonly faults: number;
  readonly isAttended: boolean;
  readonly isCancelled: boolean;
}

export interface WorkerReport {
  readonly id: string;
  /** Base URL at which other processes reach it. */
  readonly url: string;
  readonly slots: number;
  readonly running: number;
  readonly isDraining: boolean;
  /** JSON of what runs it can execute. */
  readonly abilities: string;
}

/** Waiting runs that are ready to be taken, and how long the longest has been. */
export interface WaitingDepth {
  readonly interactive: number;
  readonly batch: number;
  readonly oldestWaitMs: number;
}

/** What listeners get: a change, or the news that some may have been missed. */
export type ChangeNews = RunChange | {readonly kind: 'reconnected'};

/**
 * A run store that several processes share, with everything that they must agree on: whose turn it is, who executes what, and until when
 * that is believed without news. All times are the database's. Every method throws `store-failed`.
 *
 * A lease is a promise to renew: while it lasts nobody else takes the run. When it ends, `reclaim` makes the run free; whoever held it is
 * fenced by its attempt number and can store nothing any more.
 */
export interface SharedRunStore extends RunStore {
  accept(
    runs: readonly NewRun[],
    claim: IdempotencyClaim | null,
    turns?: TurnOptions | null,
  ): Promise<AcceptResult>;
  /** Takes the run whose turn it is, this lane's first; null when none is ready. */
  claim(worker: string, lane: Lane, leaseMs: number): Promise<ClaimedRun | null>;
  /** Renews everything that the worker holds and returns it. What is missing in the answer is not the worker's any more. */
  renew(worker: string, leaseMs: number): Promise<RenewedLease[]>;
  /** Gives a run back, to be taken again after `delayMs`. False when the worker does not hold that attempt. */
  release(
    worker: string,
    held: HeldAttempt,
    options: {readonly delayMs: number; readonly isFault: boolean},
  ): Promise<boolean>;
  /** Runs whose lease has ended, at most `limit`. */
  expired(limit: number): Promise<LostRun[]>;
  /** Frees a run whose lease has ended, as after a fault; false when its worker has renewed after all. */
  reclaim(runId: string, delayMs: number): Promise<boolean>;
  /**
   * Ends a waiting run at once with `result`; `wanted` when a worker has it, who is told. `unknown` when it is finished or not that owner's.
   */
  cancel(
    runId: string,
    owner: string,
    result: RunResult,
    finishedAt: string,
  ): Promise<'finished' | 'wanted' | 'unknown'>;
  waiting(): Promise<WaitingDepth>;
  /** Runs of everybody that are not finished, oldest first; only the one with this id when there is one. */
  active(asked: {readonly id: string | null; readonly limit: number}): Promise<ActiveRun[]>;
  /** How many runs are taken before this one, counted up to `limit`; null when it does not wait. */
  position(runId: string, limit: number): Promise<number | null>;
  /** The worker that holds the run, or null. */
  holder(runId: string): Promise<{readonly worker: string; readonly url: string} | null>;
  report(worker: WorkerReport): Promise<void>;
  /** Workers that reported within `maxAgeMs`. */
  workers(maxAgeMs: number): Promise<WorkerReport[]>;
  forget(worker: string): Promise<void>;
  /** Calls back for every change of every run. The returned function ends that. */
  onChange(listener: (news: ChangeNews) => void): () => void;
  /** True while this process is the one of all on the database that keeps house; asked again whenever it matters. */
  lead(): Promise<boolean>;
}
