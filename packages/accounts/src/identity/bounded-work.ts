import {SandglassError} from '@sandglass/protocol';

export interface WorkBounds {
  /** Done at once. */
  readonly concurrency: number;
  /** May wait for their turn; the next one is refused. */
  readonly maxWaiting: number;
}

/** How long one piece takes before the first was measured; a password hash takes about this. */
const FIRST_GUESS_MS = 50;
/** Weight of the newest measurement in the running mean. */
const NEWEST_SHARE = 0.1;

/**
 * Expensive work, a few pieces at once and first come first served. However many ask, it takes no more processors and no more memory than its
 * bounds, and whoever is let in is done within a foreseeable time.
 */
export class BoundedWork {
  readonly #bounds: WorkBounds;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #meanMs = FIRST_GUESS_MS;

  constructor(bounds: WorkBounds) {
    this.#bounds = bounds;
  }

  /** Throws `rate-limited` when too many wait already, and what the work throws. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#turn();
    const begunAt = performance.now();
    try {
      return await work();
    } finally {
      this.#meanMs += NEWEST_SHARE * (performance.now() - begunAt - this.#meanMs);
      // Whoever waits longest takes the place over; only when nobody waits is it free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #turn(): Promise<void> {
    const {concurrency, maxWaiting} = this.#bounds;
    if (this.#running < concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= maxWaiting)
      throw new SandglassError(
        'rate-limited',
        'Cannot look at the password now: too many people sign in at this moment. Try again shortly.',
        {retryAfterSeconds: (this.#meanMs * this.#waiting.length) / concurrency / 1000},
      );
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }
}
