const IDS = 0x1_0000;

/**
 * Stream ids, handed out in a circle: one that was just used does not come back soon, so a message that crossed its end on the
 * wire is never taken for another's.
 */
export class StreamIds {
  #last = 0;

  /** The next id that `isTaken` does not claim. Fewer than 65 535 may be in flight. */
  next(isTaken: (id: number) => boolean): number {
    do this.#last = (this.#last + 1) % IDS;
    while (this.#last === 0 || isTaken(this.#last));
    return this.#last;
  }
}
