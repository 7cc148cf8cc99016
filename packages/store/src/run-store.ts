import type {Outcome, Run, RunResult, RunSpec} from '@sandglass/protocol';

/** A run to accept: identity and request; state `queued`, no attempt yet. */
export interface NewRun {
  readonly id: string;
  /** Who may see it; `local` when the server has no accounts. */
  readonly owner: string;
  readonly spec: RunSpec;
  /** Language as resolved at acceptance. */
  readonly language: {readonly id: string; readonly version: string};
  readonly createdAt: string;
  readonly batchId: string | null;
}

export interface IdempotencyClaim {
  readonly owner: string;
  readonly key: string;
  /** SHA-256 of the canonical request body. */
  readonly requestHash: string;
  /** RFC 3339; the key is free again afterwards. */
  readonly expiresAt: string;
}

export type AcceptResult =
  | {readonly kind: 'accepted'}
  /** The key was used before with the same body: these are its runs. */
  | {readonly kind: 'repeated'; readonly runIds: readonly string[]}
  /** The key was used before with another body. */
  | {readonly kind: 'conflict'};

/** How a run ended. */
export interface RunEnd {
  /** 0 when no attempt began. */
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly result: RunResult;
  readonly finishedAt: string;
}

export interface StoredRun {
  readonly owner: string;
  readonly run: Run;
  readonly spec: RunSpec;
}

export interface RunFilter {
  readonly state?: Run['state'];
  readonly outcome?: Outcome;
  readonly language?: string;
}

export interface PendingCallback {
  readonly runId: string;
  readonly owner: string;
  /** Deliveries tried so far. */
  readonly tries: number;
  readonly dueAt: string;
}

/**
 * Where runs live. Every method that writes resolves only when the write is durable (survives `kill -9` and power loss);
 * writes issued in order become visible in order. Implementations group concurrent writes into one commit.
 * All methods throw `store-failed`; its message says what to do.
 */
export interface RunStore extends AsyncDisposable {
  /**
   * Stores all runs or none. Whether a claim has expired is judged by the first run's `createdAt`; deleting that run frees
   * the key early.
   */
  accept(runs: readonly NewRun[], claim: IdempotencyClaim | null): Promise<AcceptResult>;
  /**
   * Records that attempt number `attempt` (from 1) took the run; the first attempt's time stays its `startedAt`. False when
   * the run is finished, this or a later attempt has it already, or it does not exist.
   */
  start(runId: string, attempt: number, startedAt: string): Promise<boolean>;
  /**
   * Stores the final state once. False when the run was finished before, a later attempt has it, or it does not exist: the
   * result is then dropped. A run that was never started (cancelled while it waited) is finished with attempt 0.
   */
  finish(runId: string, attempt: number, result: RunResult, finishedAt: string): Promise<boolean>;
  /** Stores a run together with its end, in one write: what `accept`, `start` and `finish` would have left. */
  record(run: NewRun, end: RunEnd): Promise<void>;
  get(runId: string, owner: string): Promise<StoredRun | null>;
  /**
   * Newest first. `cursor` is opaque, from the previous page. A page is bounded in bytes and in rows looked at, so it can hold
   * fewer runs than `limit`, or none, and still have a `nextCursor`: only null is the end. Started runs are `running` here; that
   * one is compiling, only its worker knows. Throws `invalid-request` for a cursor that is not ours.
   */
  list(
    owner: string,
    page: {filter: RunFilter; cursor: string | null; limit: number},
  ): Promise<{runs: Run[]; nextCursor: string | null}>;
  /** The runs of a batch in request order, or null. Throws `unsupported-feature` when their results pass 64 MiB together. */
  batch(batchId: string, owner: string): Promise<Run[] | null>;
  /** Everything not finished, oldest first: what a restart takes up again. */
  unfinished(): Promise<StoredRun[]>;
  countUnfinished(): Promise<number>;
  /** Callbacks of finished runs that are still to be delivered and due. */
  dueCallbacks(now: string, limit: number): Promise<PendingCallback[]>;
  /** The outcome of one delivery try: done (`nextDueAt` null) or to be tried again. */
  recordCallback(runId: string, tries: number, nextDueAt: string | null): Promise<void>;
  /** Remembers what whoever sent a run's job was told last; nothing happens for a run that is gone. */
  recordTold(runId: string, status: string): Promise<void>;
  /** What `recordTold` remembered last, or null. */
  lastTold(runId: string): Promise<string | null>;
  /** Deletes runs finished before that time, with their idempotency keys and callbacks. Returns how many runs. */
  deleteFinishedBefore(time: string): Promise<number>;
  /** Throws when the store cannot be written. */
  check(): Promise<void>;
}
