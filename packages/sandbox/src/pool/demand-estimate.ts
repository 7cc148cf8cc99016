/** Arrivals count for about this long when the rate is judged: quick enough to follow a load, slow enough to outlast a pause. */
const RATE_WINDOW_MS = 5_000;

/** Arrivals this close together are one burst: none of them could be served by a sandbox made for another. */
const BURST_WINDOW_MS = 50;

/** The largest burst is forgotten by half in this time without another. */
const BURST_HALF_LIFE_MS = 20_000;

/** What a refill takes besides the creation itself: noticing, and its turn on a busy machine. */
const REFILL_LAG_MS = 20;

/** Learns from when sandboxes are asked for, and how long they take to make, how many should be ready. */
export class DemandEstimate {
  readonly #now: () => number;
  #weightedArrivals = 0;
  #ratedAt: number;
  #burst = 0;
  #burstAt: number;
  #inWindow = 0;
  #windowFrom: number;
  #creationMs = 2;

  constructor(now: () => number) {
    this.#now = now;
    this.#ratedAt = now();
    this.#burstAt = this.#ratedAt;
    this.#windowFrom = this.#ratedAt;
  }

  recordArrival(): void {
    const now = this.#now();
    this.#weightedArrivals = this.#decayedArrivals(now) + 1;
    this.#ratedAt = now;
    if (now - this.#windowFrom > BURST_WINDOW_MS) {
      this.#windowFrom = now;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    const burst = this.#decayedBurst(now);
    if (this.#inWindow < burst) return;
    this.#burst = this.#inWindow;
    this.#burstAt = now;
  }

  /** Exponentially weighted; a creation that had to wait for the processor counts as it was. */
  recordCreation(durationMs: number): void {
    this.#creationMs += 0.1 * (durationMs - this.#creationMs);
  }

  /** Ready sandboxes that cover what arrives while one is made, and another burst like the last large one. */
  get wanted(): number {
    const now = this.#now();
    const perMs = this.#decayedArrivals(now) / RATE_WINDOW_MS;
    // Half an arrival is none: otherwise a single caller long ago would hold one sandbox for minutes.
    return Math.round(perMs * (this.#creationMs + REFILL_LAG_MS)) + Math.round(this.#decayedBurst(now));
  }

  #decayedArrivals(now: number): number {
    return this.#weightedArrivals * Math.exp((this.#ratedAt - now) / RATE_WINDOW_MS);
  }

  #decayedBurst(now: number): number {
    return this.#burst * 0.5 ** ((now - this.#burstAt) / BURST_HALF_LIFE_MS);
  }
}
