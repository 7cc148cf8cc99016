import type {Sandbox} from '../driver.ts';

/** A pause this long after the last start or end is one between runs, not one within. */
const PAUSE_MS = 10;

/** Whoever uses a sandbox longer than this waits for the program, not for us; what is made meanwhile hardly delays it. */
const SHORT_USE_MS = 250;

/** Never put off longer than this, however busy it is. */
const LONGEST_DELAY_MS = 1_000;

/**
 * Knows whether somebody is waiting for the end of a short run. What is made ahead (sandboxes, runtimes that start) takes as much of the processor
 * as the run itself, so it is better made in the pause that follows.
 */
export class Foreground {
  readonly #now: () => number;
  /** Since when, by sandbox, in the order they were handed out. */
  readonly #inUse = new Map<Sandbox, number>();
  #changedAt = Number.NEGATIVE_INFINITY;
  #putOffSince: number | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(sandbox: Sandbox): void {
    this.#changedAt = this.#now();
    this.#inUse.set(sandbox, this.#changedAt);
  }

  /** Harmless for a sandbox that was not in use. */
  end(sandbox: Sandbox): void {
    if (this.#inUse.delete(sandbox)) this.#changedAt = this.#now();
  }

  get count(): number {
    return this.#inUse.size;
  }

  /** Milliseconds that what is made ahead should wait from now; 0 when it need not. */
  delayMs(): number {
    const now = this.#now();
    let quietAt = this.#changedAt + PAUSE_MS;
    for (const since of this.#inUse.values())
      if (now - since < SHORT_USE_MS) quietAt = Math.max(quietAt, since + SHORT_USE_MS);
    if (quietAt <= now) {
      this.#putOffSince = null;
      return 0;
    }
    this.#putOffSince ??= now;
    return Math.max(0, Math.min(quietAt, this.#putOffSince + LONGEST_DELAY_MS) - now);
  }

  /** Nothing is left to be made ahead: the longest delay begins anew. */
  caughtUp(): void {
    this.#putOffSince = null;
  }
}
