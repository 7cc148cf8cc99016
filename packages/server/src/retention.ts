import type {RunStore} from '@sandglass/store';

export interface RetentionParts {
  readonly store: Pick<RunStore, 'deleteFinishedBefore'>;
  /** Age at which a finished run is deleted, in seconds. */
  readonly retentionSeconds: number;
  readonly onDeleted: (runs: number) => void;
  /** The store could not delete; the next round tries again. */
  readonly onFault: (error: unknown) => void;
}

/** A run outlives its age by at most a tenth of it, or an hour. */
const MAX_PAUSE_MS = 60 * 60 * 1000;
const MIN_PAUSE_MS = 500;

/** Deletes finished runs of a certain age, round after round, until stopped. */
export class Retention {
  readonly #parts: RetentionParts;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#round = this.#deleteOld().finally(() => this.#schedule());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, this.#parts.retentionSeconds * 100));
    this.#timer = setTimeout(() => this.start(), pauseMs);
  }

  async #deleteOld(): Promise<void> {
    const before = new Date(Date.now() - this.#parts.retentionSeconds * 1000).toISOString();
    try {
      const deleted = await this.#parts.store.deleteFinishedBefore(before);
      if (deleted > 0) this.#parts.onDeleted(deleted);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }
}
