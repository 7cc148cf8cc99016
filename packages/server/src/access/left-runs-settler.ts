import type {OpenRun} from '@sandglass/accounts';
import {type LeftRunsParts, settleLeftRuns} from './settle-left-runs.ts';

export interface LeftRunsSettlerParts extends LeftRunsParts {
  /** The database could not be asked; the next round tries again. */
  readonly onFault: (error: unknown) => void;
}

/** Nobody waits for it but quotas and places of runs that nobody watched. */
const PAUSE_MS = 5_000;

/** Looks for runs that ended without their process, round after round, until stopped. */
export class LeftRunsSettler {
  readonly #parts: LeftRunsSettlerParts;
  #after: OpenRun | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: LeftRunsSettlerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#round = this.#settle().finally(() => {
      if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), PAUSE_MS);
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  async #settle(): Promise<void> {
    try {
      this.#after = await settleLeftRuns(this.#parts, this.#after);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }
}
