import {SandglassError} from '@sandglass/protocol';
import type {Sandbox, SandboxKind, SandboxLimits} from '../driver.ts';
import type {PoolStats, PrimedStats, SandboxPool} from '../pool-contract.ts';
import {plainKind} from './plain-kind.ts';
import {type PoolDriver, type PoolOptions, type PoolSettings, poolSettings} from './pool-options.ts';
import {Primer} from './primer.ts';
import {isSameLimits} from './same-limits.ts';
import type {Shelf} from './shelf.ts';
import {Stock} from './stock.ts';
import {noneFree, Waiter} from './waiter.ts';

/**
 * Keeps sandboxes of the usual kinds ready, hands each out once, and makes new ones while nobody waits for it. The driver stays
 * its owner's: it must have been started and must outlive the pool. Sandboxes in use stay with those who acquired them.
 */
export function createPool(driver: PoolDriver, options: PoolOptions): SandboxPool {
  return new Pool(driver, poolSettings(options));
}

class Pool implements SandboxPool {
  readonly #settings: PoolSettings;
  readonly #stock: Stock;
  readonly #primer: Primer;
  #isClosed = false;

  constructor(driver: PoolDriver, settings: PoolSettings) {
    this.#settings = settings;
    this.#stock = new Stock(driver, settings, () => this.#primer.refill());
    this.#primer = new Primer(this.#stock, settings);
  }

  get stats(): PoolStats {
    return this.#stock.stats;
  }

  get primed(): readonly PrimedStats[] {
    return this.#primer.stats;
  }

  async acquire(
    kind: SandboxKind,
    limits: SandboxLimits,
    {signal}: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedError();
    const shelf = this.#stock.shelfOf(plainKind(kind), limits);
    // A core is given to what is started from then on; a runtime that waits was started before.
    const primed = limits.pinnedCpu === undefined ? this.#takePrimed(kind) : undefined;
    const sandbox = primed ?? this.#takePlain(shelf) ?? (await this.#wait(shelf, signal));
    return isSameLimits(limits, shelf.limits) ? sandbox : await this.#configured(sandbox, limits, signal);
  }

  keepPrimed(kind: SandboxKind): void {
    // A sandbox that was made with other limits than its program's could not take it.
    if (!this.#isClosed && !this.#stock.hasFixedLimits) this.#primer.keep(kind);
  }

  #takePrimed(kind: SandboxKind): Sandbox | undefined {
    const shelf = this.#primer.shelfOf(kind);
    if (shelf === undefined) return undefined;
    shelf.demand.recordArrival();
    const sandbox = this.#stock.take(shelf);
    this.#primer.refill();
    return sandbox;
  }

  #takePlain(shelf: Shelf): Sandbox | undefined {
    shelf.demand.recordArrival();
    this.#stock.refillSoon();
    return this.#stock.take(shelf);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const shelf of this.#stock.shelves())
      for (const waiter of [...shelf.waiters]) waiter.reject(closedError());
    await this.#primer.close();
    await this.#stock.close();
  }

  async #wait(shelf: Shelf, signal: AbortSignal | undefined): Promise<Sandbox> {
    const {maxWaitMs, maxSandboxes, now} = this.#settings;
    const waiter = new Waiter({
      signal,
      since: now(),
      maxWaitMs,
      tooLate: () => this.#stock.passingFailure ?? noneFree(maxWaitMs, maxSandboxes),
      onGivenUp: () => shelf.waiters.delete(waiter),
    });
    shelf.waiters.add(waiter);
    return await waiter.sandbox;
  }

  /** Sets limits that ready sandboxes do not have. When that fails nobody may use the sandbox, so it is destroyed here. */
  async #configured(
    sandbox: Sandbox,
    limits: SandboxLimits,
    signal: AbortSignal | undefined,
  ): Promise<Sandbox> {
    try {
      await sandbox.configure(limits);
      signal?.throwIfAborted();
      return sandbox;
    } catch (error) {
      this.#stock.discard(sandbox);
      throw error;
    }
  }
}

function closedError(): SandglassError {
  return new SandglassError('shutting-down', 'Cannot hand out a sandbox: the pool is closed.', {
    retryAfterSeconds: 5,
  });
}
