import {SandglassError} from '@sandglass/protocol';
import type {
  QueueDepth,
  QueueEntry,
  QueueLease,
  QueuePosition,
  QueueReservation,
  RunQueue,
} from '../run-queue.ts';
import type {ReadyEntry} from './fair-lane.ts';
import {FairOrder} from './fair-order.ts';
import {LinkedList, type LinkedNode} from './linked-list.ts';
import {ServiceRate} from './service-rate.ts';

/** Ten thousand waiting runs are minutes of work for one machine; a client is better told to come back. */
const DEFAULT_CAPACITY = 10_000;

export interface EmbeddedRunQueueOptions {
  /** Runs that may wait or hold a reservation; default 10 000. Retries and recovered runs come on top. */
  readonly capacity?: number;
  /** An owner's share beside others that wait, from 1; default 1 for each. */
  readonly weightOf?: (owner: string) => number;
  /** Monotonic clock in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** A waiting run: ready in its class, or asleep until its retry is due. */
type Waiting =
  | {readonly kind: 'ready'; readonly node: LinkedNode<ReadyEntry>}
  | {readonly kind: 'delayed'; readonly entry: QueueEntry; readonly timer: NodeJS.Timeout};

interface Taker {
  readonly resolve: (lease: QueueLease) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The queue of a server that is API and worker in one process. It lives in memory only: what makes an accepted run safe is
 * the store, from which a restart recovers everything unfinished, in order. Operations take constant time for one owner, for several time in the logarithm
 * of their number; only `position` counts.
 */
export class EmbeddedRunQueue implements RunQueue {
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #weightOf: (owner: string) => number;
  readonly #rate: ServiceRate;
  readonly #order = new FairOrder();
  readonly #waiting = new Map<string, Waiting>();
  readonly #delayed = {interactive: 0, batch: 0};
  readonly #takers = new LinkedList<Taker>();
  #reserved = 0;
  #isClosed = false;

  constructor(options: EmbeddedRunQueueOptions = {}) {
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#now = options.now ?? (() => performance.now());
    this.#weightOf = options.weightOf ?? (() => 1);
    this.#rate = new ServiceRate(this.#now);
  }

  get depth(): QueueDepth {
    const oldest = this.#order.oldestReadyAt;
    return {
      interactive: this.#order.interactive.size + this.#delayed.interactive,
      batch: this.#order.batch.size + this.#delayed.batch,
      oldestWaitMs: oldest === undefined ? 0 : Math.max(0, this.#now() - oldest),
    };
  }

  reserve(count: number): QueueReservation {
    this.#refuseWhenClosed('accept runs');
    const taken = this.#waiting.size + this.#reserved;
    if (taken + count > this.#capacity) throw this.#full(count, taken);
    this.#reserved += count;
    let left = count;
    return {
      enqueue: async (entries) => {
        if (entries.length > left)
          throw new SandglassError(
            'internal-error',
            `Cannot enqueue ${entries.length} runs: only ${left} of ${count} reserved places are left. Reserve one place for each run.`,
          );
        this.#refuseWaiting(entries);
        left -= entries.length;
        this.#reserved -= entries.length;
        for (const entry of entries) this.#makeReady(entry);
      },
      [Symbol.dispose]: () => {
        this.#reserved -= left;
        left = 0;
      },
    };
  }

  async recover(entries: readonly QueueEntry[]): Promise<void> {
    this.#refuseWhenClosed('recover runs');
    this.#refuseWaiting(entries);
    for (const entry of entries) this.#makeReady(entry);
  }

  async take({signal}: {readonly signal: AbortSignal | undefined}): Promise<QueueLease> {
    signal?.throwIfAborted();
    this.#refuseWhenClosed('take a run');
    const next = this.#order.shift();
    if (next !== undefined) return this.#lease(next.entry);
    const {promise, resolve, reject} = Promise.withResolvers<QueueLease>();
    const taker = this.#takers.append({resolve, reject});
    const onAbort = (): void => {
      if (this.#takers.remove(taker)) reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, {once: true});
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async remove(runId: string): Promise<boolean> {
    const waiting = this.#waiting.get(runId);
    if (waiting === undefined) return false;
    this.#waiting.delete(runId);
    switch (waiting.kind) {
      case 'ready':
        this.#order.laneOf(waiting.node.value.entry.priority).remove(waiting.node);
        return true;
      case 'delayed':
        clearTimeout(waiting.timer);
        this.#delayed[waiting.entry.priority] -= 1;
        return true;
      default:
        return waiting satisfies never;
    }
  }

  position(runId: string): QueuePosition | null {
    const waiting = this.#waiting.get(runId);
    if (waiting?.kind !== 'ready') return null;
    const position = this.#order.countBefore(waiting.node.value);
    return {position, secondsUntilTaken: this.#rate.secondsFor(position + 1)};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#waiting.values()) if (waiting.kind === 'delayed') clearTimeout(waiting.timer);
    for (let taker = this.#takers.shift(); taker !== undefined; taker = this.#takers.shift())
      taker.reject(closedError('take a run'));
  }

  /** Ready for the longest-waiting taker if there is one, so a taker and a ready entry never wait side by side. */
  #makeReady(entry: QueueEntry): void {
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker.resolve(this.#lease(entry));
      return;
    }
    const options = {readyAt: this.#now(), weight: this.#weightOf(entry.owner)};
    const node = this.#order.laneOf(entry.priority).append(entry, options);
    this.#waiting.set(entry.runId, {kind: 'ready', node});
  }

  #makeReadyLater(entry: QueueEntry, delayMs: number): void {
    // A server that is closing leaves the run to the next start's recovery.
    if (this.#isClosed) return;
    this.#refuseWaiting([entry]);
    const timer = setTimeout(() => {
      this.#waiting.delete(entry.runId);
      this.#delayed[entry.priority] -= 1;
      this.#makeReady(entry);
    }, delayMs);
    this.#waiting.set(entry.runId, {kind: 'delayed', entry, timer});
    this.#delayed[entry.priority] += 1;
  }

  #lease(entry: QueueEntry): QueueLease {
    this.#waiting.delete(entry.runId);
    this.#rate.recordTaken();
    let isSettled = false;
    const settle = (): void => {
      if (isSettled)
        throw new SandglassError(
          'internal-error',
          `The lease of run ${entry.runId} (attempt ${entry.attempt}) was settled twice. Call complete or retry once.`,
        );
      isSettled = true;
    };
    return {
      entry,
      complete: async () => settle(),
      retry: async (delayMs) => {
        settle();
        this.#makeReadyLater({...entry, attempt: entry.attempt + 1}, delayMs);
      },
    };
  }

  #refuseWaiting(entries: readonly QueueEntry[]): void {
    const seen = new Set<string>();
    for (const {runId} of entries) {
      if (this.#waiting.has(runId) || seen.has(runId))
        throw new SandglassError('internal-error', `Cannot enqueue run ${runId}: it is waiting already.`);
      seen.add(runId);
    }
  }

  #refuseWhenClosed(attempted: string): void {
    if (this.#isClosed) throw closedError(attempted);
  }

  #full(count: number, taken: number): SandglassError {
    const remedy =
      count > this.#capacity
        ? `No queue of this size ever takes that many at once: send at most ${this.#capacity} runs together, or raise the queue bound.`
        : 'Try again later, or raise the queue bound.';
    return new SandglassError(
      'server-full',
      `Cannot accept ${count} ${count === 1 ? 'run' : 'runs'}: ${taken} are waiting and the queue holds at most ${this.#capacity}. ${remedy}`,
      {retryAfterSeconds: this.#rate.secondsUntilFree(taken + count - this.#capacity)},
    );
  }
}

function closedError(attempted: string): SandglassError {
  return new SandglassError('shutting-down', `Cannot ${attempted}: the queue is closed.`, {
    retryAfterSeconds: 5,
  });
}
