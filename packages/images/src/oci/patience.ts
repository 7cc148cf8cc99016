import {unavailable} from '../refusal.ts';

/** A source that sends this much within the time it is given goes on; less is a trickle that would hold up every other build for days. */
const ENOUGH_BYTES = 64 * 1024;

/** Gives up on a source of images that is silent or hardly sends anything. Its owner disposes it. */
export class Patience implements Disposable {
  readonly #gaveUp = new AbortController();
  readonly #timer: NodeJS.Timeout | null;
  #seenBytes = 0;

  /** @param silenceMs how long less than 64 KiB may come; null for as long as it takes. */
  constructor(subject: string, silenceMs: number | null) {
    const tooLate = () =>
      this.giveUp(
        unavailable(
          `Cannot take ${subject}: hardly anything came within ${(silenceMs ?? 0) / 1000} s. Try again later.`,
        ),
      );
    this.#timer = silenceMs === null ? null : setTimeout(tooLate, silenceMs);
  }

  /** Aborted with the reason for giving up. */
  get signal(): AbortSignal {
    return this.#gaveUp.signal;
  }

  /** Notes how many bytes there are by now. */
  saw(bytes: number): void {
    if (bytes - this.#seenBytes < ENOUGH_BYTES) return;
    this.#seenBytes = bytes;
    this.#timer?.refresh();
  }

  giveUp(reason: Error): void {
    this.#gaveUp.abort(reason);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
