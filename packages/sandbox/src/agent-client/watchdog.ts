/** Calls back when something did not happen in time. Not armed until `arm`. */
export class Watchdog {
  readonly #onLate: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  /** Starts over with this delay. */
  arm(delayMs: number): void {
    this.disarm();
    this.#timer = setTimeout(() => {
      // When the event loop itself was late, the message may be waiting in the socket: it is read before this runs.
      this.#lastLook = setImmediate(this.#onLate);
    }, delayMs);
  }

  disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
  }
}
