import type {SharedRunStore, WorkerReport} from '@sandglass/store';

export interface WorkerReportsParts {
  readonly store: Pick<SharedRunStore, 'report' | 'forget'>;
  readonly report: () => WorkerReport;
  readonly everyMs: number;
  readonly onFault: (error: unknown) => void;
}

/** Tells the other processes that this worker is there, again and again, until it stops. */
export class WorkerReports {
  readonly #parts: WorkerReportsParts;
  #timer: NodeJS.Timeout | undefined;
  #reporting: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: WorkerReportsParts) {
    this.#parts = parts;
  }

  /** Throws `store-failed` when the first report fails: a worker that nobody knows of is of no use. */
  async start(): Promise<void> {
    await this.#parts.store.report(this.#parts.report());
    this.#schedule();
  }

  async reportNow(): Promise<void> {
    try {
      await this.#parts.store.report(this.#parts.report());
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#reporting;
    try {
      await this.#parts.store.forget(this.#parts.report().id);
    } catch (error) {
      this.#parts.onFault(error);
    }
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#reporting = this.reportNow().then(() => this.#schedule());
    }, this.#parts.everyMs);
  }
}
