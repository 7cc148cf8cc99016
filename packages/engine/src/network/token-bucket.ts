/** Lets so many things happen at once, and so many in a second after that. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAtMs: number;

  /** @param now monotonic clock in milliseconds; default `performance.now` */
  constructor(options: {readonly burst: number; readonly perSecond: number; readonly now?: () => number}) {
    this.#burst = options.burst;
    this.#perSecond = options.perSecond;
    this.#now = options.now ?? (() => performance.now());
    this.#tokens = options.burst;
    this.#filledAtMs = this.#now();
  }

  /** True when one more may happen now. */
  take(): boolean {
    const nowMs = this.#now();
    const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
