import type {RunResult} from '@sandglass/protocol';
import type {
  AcceptResult,
  IdempotencyClaim,
  NewRun,
  RunEnd,
  RunFilter,
  RunStore,
  StoredRun,
} from './run-store.ts';

/** Most runs are over sooner, and are then written once instead of three times. */
const LATEST_MS = 250;

interface Announced {
  readonly run: NewRun;
  readonly timer: NodeJS.Timeout;
  readonly onFailure: (error: unknown) => void;
  attempt: number;
  startedAt: string | null;
}

/**
 * A store that may learn of a run together with its end. An announced run is nobody's knowledge yet but the caller's, who has told nobody
 * of it: it is written when it ends, when it takes longer, when it is confirmed, and before anything is read. Everything else goes straight
 * to the store behind it, which this one owns.
 */
export class LateRunStore implements RunStore {
  readonly #store: RunStore;
  readonly #announced = new Map<string, Announced>();

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** Takes a run that need not be durable yet. `onFailure` is called if it cannot be stored before its end. */
  announce(run: NewRun, onFailure: (error: unknown) => void): void {
    // A failure is `onFailure`'s.
    const timer = setTimeout(() => this.#write(run.id).catch(() => undefined), LATEST_MS);
    this.#announced.set(run.id, {run, timer, onFailure, attempt: 0, startedAt: null});
  }

  /** Forgets an announced run that is not to be after all. */
  withdraw(runId: string): void {
    clearTimeout(this.#announced.get(runId)?.timer);
    this.#announced.delete(runId);
  }

  /** Resolves when an announced run is durable. Throws `store-failed`. */
  async confirm(runId: string): Promise<void> {
    await this.#write(runId);
  }

  async accept(runs: readonly NewRun[], claim: IdempotencyClaim | null): Promise<AcceptResult> {
    return await this.#store.accept(runs, claim);
  }

  async start(runId: string, attempt: number, startedAt: string): Promise<boolean> {
    const announced = this.#announced.get(runId);
    if (announced === undefined) return await this.#store.start(runId, attempt, startedAt);
    if (attempt <= announced.attempt) return false;
    announced.attempt = attempt;
    announced.startedAt ??= startedAt;
    return true;
  }

  async finish(runId: string, attempt: number, result: RunResult, finishedAt: string): Promise<boolean> {
    const announced = this.#announced.get(runId);
    if (announced === undefined) return await this.#store.finish(runId, attempt, result, finishedAt);
    if (attempt < announced.attempt) return false;
    const {run, startedAt, timer} = announced;
    this.#announced.delete(runId);
    clearTimeout(timer);
    try {
      await this.#store.record(run, {attempt, startedAt, result, finishedAt});
    } catch (error) {
      // The caller may try again.
      this.#announced.set(runId, announced);
      throw error;
    }
    return true;
  }

  async record(run: NewRun, end: RunEnd): Promise<void> {
    await this.#store.record(run, end);
  }

  async get(runId: string, owner: string): Promise<StoredRun | null> {
    await this.#write(runId);
    return await this.#store.get(runId, owner);
  }

  async list(
    owner: string,
    page: {filter: RunFilter; cursor: string | null; limit: number},
  ): ReturnType<RunStore['list']> {
    await this.#writeAll();
    return await this.#store.list(owner, page);
  }

  /** Runs of a batch are never announced. */
  batch(batchId: string, owner: string): ReturnType<RunStore['batch']> {
    return this.#store.batch(batchId, owner);
  }

  async unfinished(): Promise<StoredRun[]> {
    await this.#writeAll();
    return await this.#store.unfinished();
  }

  async countUnfinished(): Promise<number> {
    await this.#writeAll();
    return await this.#store.countUnfinished();
  }

  dueCallbacks(now: string, limit: number): ReturnType<RunStore['dueCallbacks']> {
    return this.#store.dueCallbacks(now, limit);
  }

  recordCallback(runId: string, tries: number, nextDueAt: string | null): Promise<void> {
    return this.#store.recordCallback(runId, tries, nextDueAt);
  }

  async recordTold(runId: string, status: string): Promise<void> {
    await this.#write(runId);
    await this.#store.recordTold(runId, status);
  }

  lastTold(runId: string): Promise<string | null> {
    return this.#store.lastTold(runId);
  }

  deleteFinishedBefore(time: string): Promise<number> {
    return this.#store.deleteFinishedBefore(time);
  }

  check(): Promise<void> {
    return this.#store.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writeAll().catch(() => undefined);
    await this.#store[Symbol.asyncDispose]();
  }

  async #writeAll(): Promise<void> {
    await Promise.all([...this.#announced.keys()].map((runId) => this.#write(runId)));
  }

  /** Both writes are issued at once: the store makes them visible in order, and later ones behind them. */
  async #write(runId: string): Promise<void> {
    const announced = this.#announced.get(runId);
    if (announced === undefined) return;
    this.#announced.delete(runId);
    clearTimeout(announced.timer);
    const {run, attempt, startedAt} = announced;
    try {
      await Promise.all([
        this.#store.accept([run], null),
        startedAt === null ? null : this.#store.start(runId, attempt, startedAt),
      ]);
    } catch (error) {
      announced.onFailure(error);
      throw error;
    }
  }
}
