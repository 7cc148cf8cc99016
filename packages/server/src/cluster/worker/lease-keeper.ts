import {SandglassError} from '@sandglass/protocol';
import type {SharedRunStore} from '@sandglass/store';
import type {LiveRun} from '../../runs/live-run.ts';

export interface LeaseKeeperParts {
  readonly store: Pick<SharedRunStore, 'renew' | 'release'>;
  readonly worker: string;
  readonly leaseMs: number;
  /** Called with each heartbeat that failed. */
  readonly onFault: (error: unknown) => void;
}

interface Held {
  readonly live: LiveRun;
  readonly attempt: number;
}

/** Renewals in one lease: two may fail before anything is lost. */
const RENEWALS = 3;
/** Of the lease: without a renewal for so long the programs are stopped, before anybody else may take their runs. */
const SAFE_SHARE = 0.8;

/**
 * Keeps what this worker executes. Each heartbeat renews all leases at once and learns which runs were taken away or are to be cancelled.
 * A worker that cannot reach the store stops its programs while its leases still hold: so no program runs twice at the same time, whoever is
 * cut off from whom.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #held = new Map<string, Held>();
  /** Leases that the store knows and this process does not: seen once, they may be on their way. */
  #strangers = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #renewedAt = performance.now();
  #isStopped = false;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew().finally(() => {
        if (!this.#isStopped) this.start();
      });
    }, this.#parts.leaseMs / RENEWALS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#renewing;
  }

  hold(live: LiveRun, attempt: number): void {
    this.#held.set(live.id, {live, attempt});
  }

  /** The run is not this worker's any more, by its own doing. */
  drop(runId: string): void {
    this.#held.delete(runId);
  }

  isHeld(runId: string, attempt: number): boolean {
    return this.#held.get(runId)?.attempt === attempt;
  }

  /** Somebody wants the run cancelled; nothing happens when it is not here. */
  cancel(runId: string): void {
    this.#held
      .get(runId)
      ?.live.cancellation.abort(new SandglassError('cancelled', `Run ${runId} was cancelled by its owner.`));
  }

  /** Looks for cancellations that were announced while nobody listened. */
  async renewNow(): Promise<void> {
    await this.#renew();
  }

  async #renew(): Promise<void> {
    const {store, worker, leaseMs, onFault} = this.#parts;
    // Whoever is taken while the answer is under way is not in it.
    const before = new Map(this.#held);
    const askedAt = performance.now();
    try {
      const renewed = await store.renew(worker, leaseMs);
      this.#renewedAt = askedAt;
      const attempts = new Map(renewed.map((lease) => [lease.runId, lease.attempt]));
      for (const [runId, held] of before)
        if (attempts.get(runId) !== held.attempt) this.#lose(runId, held, 'another worker has taken it');
      for (const {runId, isCancelled} of renewed) if (isCancelled) this.cancel(runId);
      await this.#giveBackStrangers(renewed.filter(({runId}) => !this.#held.has(runId)));
    } catch (error) {
      onFault(error);
      if (performance.now() - this.#renewedAt < leaseMs * SAFE_SHARE) return;
      for (const [runId, held] of this.#held) this.#lose(runId, held, 'the store could not be reached');
    }
  }

  #lose(runId: string, held: Held, why: string): void {
    if (this.#held.get(runId) !== held) return;
    this.#held.delete(runId);
    const reason = new SandglassError('store-failed', `This worker has lost run ${runId}: ${why}.`);
    held.live.abandon(reason);
    held.live.cancellation.abort(reason);
  }

  /** Runs that were taken in the store while the answer got lost on its way here. */
  async #giveBackStrangers(
    leases: readonly {readonly runId: string; readonly attempt: number}[],
  ): Promise<void> {
    const known = this.#strangers;
    this.#strangers = new Set(leases.map(({runId}) => runId));
    for (const lease of leases)
      if (known.has(lease.runId))
        await this.#parts.store.release(this.#parts.worker, lease, {delayMs: 0, isFault: false});
  }
}
