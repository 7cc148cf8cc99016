import {uuidv7} from './uuid.ts';

const MAX_SEQUENCE = 0xfff;

/** UUIDs of version 7 that also order within a millisecond (RFC 9562 section 6.2, method 1): as the entries of one process came. */
export class OrderedIds {
  #lastMs = 0;
  #sequence = 0;

  next(nowMs: number): string {
    this.#sequence = nowMs > this.#lastMs ? 0 : this.#sequence + 1;
    this.#lastMs = Math.max(nowMs, this.#lastMs);
    if (this.#sequence > MAX_SEQUENCE) {
      // More than fit into a millisecond borrow the next one.
      this.#lastMs += 1;
      this.#sequence = 0;
    }
    const id = uuidv7(this.#lastMs);
    return `${id.slice(0, 15)}${this.#sequence.toString(16).padStart(3, '0')}${id.slice(18)}`;
  }
}
