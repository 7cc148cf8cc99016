const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Slows creations down while they fail: a launcher that is being restarted is not helped by being asked without end. */
export class CreationBackoff {
  readonly #now: () => number;
  #pauseMs = 0;
  #until = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds until the next creation may be tried; 0 when it may be tried now. */
  get remainingMs(): number {
    return Math.max(0, this.#until - this.#now());
  }

  recordFailure(): void {
    // Several that were under way fail together; they count as one.
    if (this.remainingMs > 0) return;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#until = this.#now() + this.#pauseMs;
  }

  recordSuccess(): void {
    this.#pauseMs = 0;
  }
}
