/** Enough hand-outs to smooth over one slow run, few enough to follow a change of load within seconds. */
const REMEMBERED = 64;
/** Before anything was taken there is nothing to judge by. */
const UNKNOWN_WAIT_SECONDS = 5;
const MIN_WAIT_SECONDS = 1;
/** Asking to wait longer makes clients give up; by then the rate has changed anyway. */
const MAX_WAIT_SECONDS = 60;

/** Estimates from the latest hand-outs how long it takes until places become free. */
export class ServiceRate {
  readonly #now: () => number;
  readonly #takenAt: number[] = [];

  /** `now` is a monotonic clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  recordTaken(): void {
    this.#takenAt.push(this.#now());
    if (this.#takenAt.length > REMEMBERED) this.#takenAt.shift();
  }

  /** Whole seconds, from 1 to 60, until about `places` more runs have been taken. Counts up to now, so a standstill shows. */
  secondsUntilFree(places: number): number {
    const seconds = Math.ceil(this.secondsFor(places) ?? UNKNOWN_WAIT_SECONDS);
    return Math.min(MAX_WAIT_SECONDS, Math.max(MIN_WAIT_SECONDS, seconds));
  }

  /** About how long until so many more runs have been taken; null when nothing was taken yet. */
  secondsFor(runs: number): number | null {
    const [oldest] = this.#takenAt;
    if (oldest === undefined) return null;
    const elapsedMs = Math.max(1, this.#now() - oldest);
    return (runs * elapsedMs) / this.#takenAt.length / 1000;
  }
}
