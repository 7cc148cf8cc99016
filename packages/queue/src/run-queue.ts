/** What the queue knows of a run; the store has the rest. */
export interface QueueEntry {
  readonly runId: string;
  readonly owner: string;
  readonly priority: 'interactive' | 'batch';
  /** Attempt number that taking it begins, from 1. */
  readonly attempt: number;
}

/** A taken entry. Exactly one of the two methods must be called; a second call throws `internal-error`. */
export interface QueueLease {
  readonly entry: QueueEntry;
  /** The run reached a final state. */
  complete(): Promise<void>;
  /** Our fault: back to the queue as attempt + 1 after `delayMs`. Always fits: the run was accepted long ago. */
  retry(delayMs: number): Promise<void>;
}

/**
 * Places held in the queue while the runs are being stored. Disposing gives back the places that were not used, so a
 * failed or repeated acceptance cannot leak them: `using places = queue.reserve(runs.length)`.
 */
export interface QueueReservation extends Disposable {
  /**
   * Puts runs that are durable by now into reserved places, in order. Throws `internal-error` for more entries than places
   * left, or for a run that is waiting already.
   */
  enqueue(entries: readonly QueueEntry[]): Promise<void>;
}

/** A waiting run's place. */
export interface QueuePosition {
  /** Runs that are taken before it, as things stand. */
  readonly position: number;
  /** At the pace of late; null when nothing was taken yet. */
  readonly secondsUntilTaken: number | null;
}

/** Runs that wait, in numbers; those of a delayed retry are among them. */
export interface QueueDepth {
  readonly interactive: number;
  readonly batch: number;
  /** How long the longest-waiting run has been ready to be taken. */
  readonly oldestWaitMs: number;
}

/**
 * Hands accepted runs to workers: interactive before batch, and at least every tenth hand-out goes to batch while batch waits, so that it is never
 * starved. Within each, owners take turns by their weight, however many runs each has waiting; the runs of an owner are first in first out.
 *
 * Disposing rejects every waiting `take` with `shutting-down`. What still waits stays unfinished in the store and is
 * recovered by the next start.
 */
export interface RunQueue extends AsyncDisposable {
  /** Throws `server-full` (with Retry-After) past the bound, before anything is accepted. */
  reserve(count: number): QueueReservation;
  /** Takes up again what a predecessor left, in the given order. Needs no places: these runs were accepted before. */
  recover(entries: readonly QueueEntry[]): Promise<void>;
  /** Waits for the next entry. Rejects with the signal's reason. */
  take(options: {readonly signal: AbortSignal | undefined}): Promise<QueueLease>;
  /** Takes a waiting run out; false when it is not waiting (any more). */
  remove(runId: string): Promise<boolean>;
  readonly depth: QueueDepth;
  /** Where a run stands that is ready to be taken; null for any other. Looks at each run ahead of it. */
  position(runId: string): QueuePosition | null;
}
