import {shuttingDown} from '../runs/refusals.ts';

/** The bounded number of sessions that may be open, whatever protocol they speak. */
export class SessionPlaces {
  readonly max: number;
  #taken = 0;
  #isClosed = false;
  readonly #waiters = new Set<() => void>();

  constructor(max: number) {
    this.max = max;
  }

  /** Takes a place if one is free; the taker gives it back. */
  take(): boolean {
    if (this.#isClosed || this.#taken >= this.max) return false;
    this.#taken++;
    return true;
  }

  /** Takes a place, waiting for one at most `maxWaitMs`; first come, first served. False when there was none in time. Throws `shutting-down`. */
  async wait(maxWaitMs: number): Promise<boolean> {
    if (this.#isClosed) throw shuttingDown();
    if (this.#waiters.size === 0 && this.take()) return true;
    const {promise, resolve} = Promise.withResolvers<boolean>();
    const given = () => resolve(true);
    this.#waiters.add(given);
    const timer = setTimeout(() => {
      this.#waiters.delete(given);
      resolve(false);
    }, maxWaitMs);
    const isTaken = await promise;
    clearTimeout(timer);
    // Closing wakes everybody who waits, with nothing to give.
    if (this.#isClosed) throw shuttingDown();
    return isTaken;
  }

  giveBack(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#taken--;
      return;
    }
    // The place changes hands without being free in between, so that nobody gets ahead of who waited.
    this.#waiters.delete(next);
    next();
  }

  /** Nobody gets a place any more; who waits is told. */
  close(): void {
    this.#isClosed = true;
    for (const give of this.#waiters) give();
    this.#waiters.clear();
  }
}
