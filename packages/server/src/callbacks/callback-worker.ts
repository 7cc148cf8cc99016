import type {Run, RunSpec} from '@sandglass/protocol';
import type {PendingCallback, RunStore} from '@sandglass/store';
import {deliverCallback} from './deliver-callback.ts';

export interface CallbackSettings {
  readonly allowPrivate: boolean;
  /** Deliveries tried for each run. */
  readonly tries: number;
  /** Wait before the second try; each further one waits four times as long. */
  readonly backoffMs: number;
  readonly timeoutMs: number;
}

/** How one delivery went; `willRetry` says whether another follows. */
export interface DeliveryReport {
  readonly runId: string;
  readonly tryNumber: number;
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null;
  readonly isDelivered: boolean;
  readonly willRetry: boolean;
  readonly error: unknown;
}

export interface CallbackWorkerParts {
  readonly store: Pick<RunStore, 'dueCallbacks' | 'recordCallback' | 'get'>;
  readonly settings: CallbackSettings;
  readonly onDelivery: (report: DeliveryReport) => void;
  /** The store could not be asked; the worker goes on. */
  readonly onFault: (error: unknown) => void;
}

/** Deliveries at once; a slow receiver holds one of them for at most the timeout. */
const MAX_IN_FLIGHT = 16;
/** Finished runs announce themselves; this only finds what an earlier life of the server left. */
const POLL_MS = 15_000;
const BACKOFF_FACTOR = 4;

/** Delivers callbacks until stopped. What is due and how often it was tried is in the store, so a restart goes on where it was. */
export class CallbackWorker {
  readonly #parts: CallbackWorkerParts;
  readonly #stop = new AbortController();
  readonly #inFlight = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #timerDueAtMs = Number.POSITIVE_INFINITY;
  #scan: Promise<void> | null = null;

  constructor(parts: CallbackWorkerParts) {
    this.#parts = parts;
  }

  /** Looks for due callbacks within `delayMs`. */
  wake(delayMs = 0): void {
    const dueAtMs = Date.now() + delayMs;
    if (this.#stop.signal.aborted || this.#timerDueAtMs <= dueAtMs) return;
    clearTimeout(this.#timer);
    this.#timerDueAtMs = dueAtMs;
    this.#timer = setTimeout(() => this.#onTimer(), delayMs);
  }

  /** Gives up what is under way; it is due again after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#scan;
    await Promise.all(this.#inFlight.values());
  }

  #onTimer(): void {
    this.#timerDueAtMs = Number.POSITIVE_INFINITY;
    // A scan under way may have looked too early; another follows it.
    if (this.#scan !== null) {
      this.wake(50);
      return;
    }
    this.#scan = this.#startDue()
      .catch((error) => this.#parts.onFault(error))
      .finally(() => {
        this.#scan = null;
        this.wake(POLL_MS);
      });
  }

  async #startDue(): Promise<void> {
    const free = MAX_IN_FLIGHT - this.#inFlight.size;
    if (free === 0) return; // Each delivery that ends wakes the worker.
    const due = await this.#parts.store.dueCallbacks(new Date().toISOString(), MAX_IN_FLIGHT + free);
    for (const pending of due.filter(({runId}) => !this.#inFlight.has(runId)).slice(0, free)) {
      const delivery = this.#deliver(pending)
        .catch((error) => this.#parts.onFault(error))
        .finally(() => {
          this.#inFlight.delete(pending.runId);
          if (due.length > free) this.wake();
        });
      this.#inFlight.set(pending.runId, delivery);
    }
  }

  async #deliver({runId, owner, tries}: PendingCallback): Promise<void> {
    const stored = await this.#parts.store.get(runId, owner);
    if (stored === null || stored.spec.callback === null)
      return await this.#parts.store.recordCallback(runId, tries, null);
    const tryNumber = tries + 1;
    const end = await this.#post(stored.run, stored.spec.callback, tryNumber);
    if (this.#stop.signal.aborted && end.status === null) return; // The server's doing, not the receiver's: not counted.
    const isDelivered = end.status !== null && end.status >= 200 && end.status < 300;
    const willRetry = !isDelivered && tryNumber < this.#parts.settings.tries;
    const delayMs = this.#parts.settings.backoffMs * BACKOFF_FACTOR ** tries;
    const nextDueAt = willRetry ? new Date(Date.now() + delayMs).toISOString() : null;
    await this.#parts.store.recordCallback(runId, tryNumber, nextDueAt);
    this.#parts.onDelivery({runId, tryNumber, isDelivered, willRetry, ...end});
    if (willRetry) this.wake(delayMs);
  }

  async #post(
    run: Run,
    callback: NonNullable<RunSpec['callback']>,
    tryNumber: number,
  ): Promise<{status: number | null; error: unknown}> {
    const delivery = {...callback, runId: run.id, body: JSON.stringify(run), tryNumber};
    try {
      const status = await deliverCallback(delivery, {...this.#parts.settings, signal: this.#stop.signal});
      return {status, error: null};
    } catch (error) {
      return {status: null, error};
    }
  }
}
