import type {LimitStore, RateClaim, RateState} from './limit-store.ts';

interface Window {
  readonly number: number;
  count: number;
}

/** Past this many windows those that ended are dropped: a flood of addresses must not fill the memory. */
const SWEEP_AT = 50_000;

/** Limits of a server that is one process. */
export class MemoryLimitStore implements LimitStore {
  readonly #clock: () => number;
  readonly #windows = new Map<string, Window>();
  #sweepAt = SWEEP_AT;

  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  async count({key, limit, windowMs}: RateClaim): Promise<RateState> {
    const now = this.#clock();
    const number = Math.floor(now / windowMs);
    const name = `${windowMs} ${key}`;
    let window = this.#windows.get(name);
    if (window?.number !== number) {
      window = {number, count: 0};
      this.#windows.set(name, window);
      this.#sweep(now);
    }
    window.count += 1;
    return {
      isWithin: window.count <= limit,
      remaining: Math.max(0, limit - window.count),
      resetMs: (number + 1) * windowMs - now,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #sweep(now: number): void {
    if (this.#windows.size < this.#sweepAt) return;
    for (const [name, {number}] of this.#windows) {
      const windowMs = Number(name.slice(0, name.indexOf(' ')));
      if ((number + 1) * windowMs <= now) this.#windows.delete(name);
    }
    // When all of them are still going on, looking again at each new one would cost more than they do.
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#windows.size);
  }
}
