import {setTimeout as delay} from 'node:timers/promises';
import type {RunResult} from '@sandglass/protocol';
import type {RunStore} from '@sandglass/store';
import type {LeaseKeeper} from './lease-keeper.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;

/**
 * The store as the dispatcher of a worker sees it. Taking a run has recorded its start already. A result that cannot be stored is offered again
 * for as long as the run is this worker's: until the database is back, or until the lease is lost and the result must be dropped.
 */
export class FencedStore implements Pick<RunStore, 'start' | 'finish'> {
  readonly #store: Pick<RunStore, 'finish'>;
  readonly #keeper: LeaseKeeper;

  constructor(store: Pick<RunStore, 'finish'>, keeper: LeaseKeeper) {
    this.#store = store;
    this.#keeper = keeper;
  }

  async start(): Promise<boolean> {
    return true;
  }

  async finish(runId: string, attempt: number, result: RunResult, finishedAt: string): Promise<boolean> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
      try {
        const isStored = await this.#store.finish(runId, attempt, result, finishedAt);
        this.#keeper.drop(runId);
        return isStored;
      } catch {
        if (!this.#keeper.isHeld(runId, attempt)) return false;
        await delay(pauseMs);
      }
    }
  }
}
