import type {TurnQueue} from '@sandglass/queue';
import type {LostRun, SharedRunStore} from '@sandglass/store';
import {cancelledResult, internalErrorResult, type ResultContext} from '../../runs/own-results.ts';
import {MAX_ATTEMPTS} from '../../runs/retry-policy.ts';

export interface HouseKeeperParts {
  readonly store: SharedRunStore;
  readonly turns: Pick<TurnQueue, 'offer' | 'waiting'>;
  readonly leaseMs: number;
  readonly onLost: (lost: LostRun, facts: {readonly willRetry: boolean}) => void;
  readonly onFault: (error: unknown) => void;
}

const ROUND_MS = 1_000;
const MAX_LOST_AT_ONCE = 200;
const FIRST_DELAY_MS = 200;
const DELAY_FACTOR = 4;

/**
 * What one process does for all: frees runs whose worker fell silent, and offers turns that are missing in the broker. Which process that is
 * the store decides, in every round anew.
 */
export class HouseKeeper {
  readonly #parts: HouseKeeperParts;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #leadsSince: number | null = null;
  #missingBefore = 0;
  #isStopped = false;

  constructor(parts: HouseKeeperParts) {
    this.#parts = parts;
  }

  /** Whether this process is the one, as of the last round. */
  get leads(): boolean {
    return this.#leadsSince !== null;
  }

  start(): void {
    this.#round = this.#keepHouse()
      .catch((error) => {
        this.#leadsSince = null;
        this.#parts.onFault(error);
      })
      .finally(() => {
        if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), ROUND_MS);
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    this.#leadsSince = null;
  }

  async #keepHouse(): Promise<void> {
    if (!(await this.#parts.store.lead())) {
      this.#leadsSince = null;
      return;
    }
    this.#leadsSince ??= performance.now();
    await this.#offerMissing();
    // While the store was away nobody could renew: only a lease that ended before our eyes has really ended.
    if (performance.now() - this.#leadsSince < this.#parts.leaseMs) return;
    for (const lost of await this.#parts.store.expired(MAX_LOST_AT_ONCE)) await this.#settle(lost);
  }

  /** A turn that is on its way to a worker is missing for a moment, so only what is missing twice is offered. */
  async #offerMissing(): Promise<void> {
    const {store, turns} = this.#parts;
    const {interactive, batch} = await store.waiting();
    const missing = Math.max(0, interactive + batch - (await turns.waiting()));
    const offered = Math.min(missing, this.#missingBefore);
    this.#missingBefore = missing - offered;
    if (offered > 0) await turns.offer(offered);
  }

  async #settle(lost: LostRun): Promise<void> {
    const {runId, owner, faults, isAttended, isCancelled} = lost;
    const willRetry = !isCancelled && !isAttended && faults + 1 < MAX_ATTEMPTS;
    if (willRetry) {
      if (!(await this.#parts.store.reclaim(runId, FIRST_DELAY_MS * DELAY_FACTOR ** faults))) return;
    } else {
      const stored = await this.#parts.store.get(runId, owner);
      if (stored === null) return;
      const result = resultOf(lost, {language: stored.run.language, isolation: stored.run.isolation});
      await this.#parts.store.finish(runId, lost.attempt, result, new Date().toISOString());
    }
    this.#parts.onLost(lost, {willRetry});
  }
}

function resultOf({isCancelled, isAttended, faults}: LostRun, context: ResultContext) {
  if (isCancelled) return cancelledResult(context);
  const reason = isAttended
    ? 'the worker that held the live session was lost.'
    : `its workers were lost ${faults + 1} times while they executed it.`;
  return internalErrorResult(context, reason);
}
