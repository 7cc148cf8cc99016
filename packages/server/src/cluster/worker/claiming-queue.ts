import type {QueueLease, RunQueue, Turn, TurnQueue} from '@sandglass/queue';
import type {ClaimedRun, Lane, SharedRunStore} from '@sandglass/store';
import {LiveRun} from '../../runs/live-run.ts';
import type {LiveRuns} from '../../runs/live-runs.ts';
import type {LeaseKeeper} from './lease-keeper.ts';

export interface ClaimingQueueParts {
  readonly turns: Pick<TurnQueue, 'take'>;
  readonly store: Pick<SharedRunStore, 'claim' | 'release'>;
  readonly keeper: LeaseKeeper;
  readonly lives: LiveRuns;
  readonly worker: string;
  readonly leaseMs: number;
  /** A run could not be given back; its lease will end by itself. */
  readonly onFault: (error: unknown) => void;
}

/** Every tenth turn asks for a batch run first: the contract's "batch is never starved". */
const TURNS_FOR_INTERACTIVE = 9;

/** What the dispatcher takes runs from: a turn from the broker, and for it the run whose turn it is from the store. */
export class ClaimingQueue implements Pick<RunQueue, 'take'> {
  readonly #parts: ClaimingQueueParts;
  #turnsUsed = 0;

  constructor(parts: ClaimingQueueParts) {
    this.#parts = parts;
  }

  async take({signal}: {readonly signal: AbortSignal | undefined}): Promise<QueueLease> {
    const {turns, store, worker, leaseMs} = this.#parts;
    for (;;) {
      const turn = await turns.take({signal});
      let claimed: ClaimedRun | null;
      try {
        claimed = await store.claim(worker, this.#nextLane(), leaseMs);
      } catch (error) {
        // The house-keeper offers the turn again once the store is back.
        await turn.done();
        throw error;
      }
      if (claimed !== null) return this.#lease(claimed, turn);
      await turn.done();
    }
  }

  #nextLane(): Lane {
    this.#turnsUsed = (this.#turnsUsed + 1) % (TURNS_FOR_INTERACTIVE + 1);
    return this.#turnsUsed === 0 ? 'batch' : 'interactive';
  }

  #lease(claimed: ClaimedRun, turn: Turn): QueueLease {
    const {stored, attempt, faults, isLive, traceparent} = claimed;
    const {owner, run, spec} = stored;
    const identity = {id: run.id, owner, spec, language: run.language, createdAt: run.createdAt, traceparent};
    const live = new LiveRun(
      identity,
      {isLive},
      {state: 'queued', attempts: attempt - 1, startedAt: run.startedAt},
    );
    live.faults = faults;
    live.waitingSinceMs = claimed.waitingSinceMs;
    this.#parts.lives.add(live);
    this.#parts.keeper.hold(live, attempt);
    const giveBack = async (delayMs: number, isFault: boolean): Promise<void> => {
      if (this.#parts.keeper.isHeld(live.id, attempt)) {
        this.#parts.keeper.drop(live.id);
        await this.#release(live.id, attempt, {delayMs, isFault});
      }
      this.#parts.lives.remove(live);
      await turn.done();
    };
    return {
      entry: {runId: run.id, owner, priority: spec.priority, attempt},
      // Still held means that there is no result: the worker is stopping.
      complete: () => giveBack(0, false),
      retry: (delayMs) => giveBack(delayMs, live.faults > faults),
    };
  }

  async #release(
    runId: string,
    attempt: number,
    options: {readonly delayMs: number; readonly isFault: boolean},
  ): Promise<void> {
    try {
      await this.#parts.store.release(this.#parts.worker, {runId, attempt}, options);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }
}
