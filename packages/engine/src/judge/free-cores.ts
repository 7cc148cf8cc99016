import {availableParallelism} from 'node:os';

/**
 * Cores that tests of judged runs may still take. Each judged run has one test under way whatever the machine does, so that it goes on;
 * only further ones beside it ask here.
 */
export class FreeCores {
  readonly #cores: number;
  #busy = 0;

  constructor(cores: number = availableParallelism()) {
    this.#cores = cores;
  }

  /** Takes one, free or not; the caller gives it back. */
  take(): void {
    this.#busy++;
  }

  /** Takes one if there is one. */
  tryTake(): boolean {
    if (this.#busy >= this.#cores) return false;
    this.#busy++;
    return true;
  }

  give(): void {
    this.#busy--;
  }
}
