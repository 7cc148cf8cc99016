import type {RunResult} from '@sandglass/protocol';
import {CommandRunStore} from '../command-run-store.ts';
import {type ActiveRun, readActive} from '../operations/unfinished-runs.ts';
import {encodeResult} from '../record/result-record.ts';
import {toStoredRun} from '../run/stored-run.ts';
import {toMilliseconds} from '../run/time.ts';
import type {
  ChangeNews,
  ClaimedRun,
  HeldAttempt,
  Lane,
  LostRun,
  RenewedLease,
  SharedRunStore,
  WaitingDepth,
  WorkerReport,
} from '../shared/shared-run-store.ts';
import {ChangeFeed} from './change-feed.ts';
import {Leadership} from './leadership.ts';
import {PostgresClient} from './postgres-client.ts';
import {cancelTurn} from './turns/cancel-turn.ts';
import {claimTurn} from './turns/claim-turn.ts';
import {readExpired, reclaimTurn, releaseTurn, renewLeases} from './turns/leases.ts';
import {countWaiting, findPosition} from './turns/waiting-turns.ts';
import {findHolder, forgetWorker, readWorkers, reportWorker} from './turns/workers.ts';

/** One writes, one listens, one leads; the others claim and read. A database allows 100 connections by default. */
const MAX_CONNECTIONS = 10;

export interface PostgresRunStoreOptions {
  /** Connection URI, `postgresql://user:password@host:port/database`. */
  readonly url: string;
}

/**
 * Runs in a PostgreSQL database that any number of processes share.
 *
 * Owned by whoever opens it; disposing waits for what was called before.
 */
export class PostgresRunStore extends CommandRunStore implements SharedRunStore {
  readonly #client: PostgresClient;
  readonly #feed: ChangeFeed;
  readonly #leadership: Leadership;

  private constructor(client: PostgresClient) {
    super(client, {isShared: true});
    this.#client = client;
    this.#feed = new ChangeFeed(client.pool);
    this.#leadership = new Leadership(client.pool);
  }

  /** Brings the schema up to date first. Throws `store-failed` (unreachable, refused …) or `schema-too-new`. */
  static async open({url}: PostgresRunStoreOptions): Promise<PostgresRunStore> {
    const client = await PostgresClient.open({url, maxConnections: MAX_CONNECTIONS});
    const store = new PostgresRunStore(client);
    try {
      await client.query(() => store.#feed.open());
    } catch (error) {
      await store[Symbol.asyncDispose]();
      throw error;
    }
    return store;
  }

  async claim(worker: string, lane: Lane, leaseMs: number): Promise<ClaimedRun | null> {
    const lanes: readonly (0 | 1)[] = lane === 'interactive' ? [0, 1] : [1, 0];
    for (const number of lanes) {
      const found = await this.#client.query((db) => claimTurn(db, {worker, lane: number, leaseMs}));
      if (found === null) continue;
      const stored = toStoredRun(found);
      const {faults, isLive, traceparent, readyAtMs: waitingSinceMs} = found;
      return {stored, attempt: stored.run.attempts, faults, isLive, traceparent, waitingSinceMs};
    }
    return null;
  }

  async renew(worker: string, leaseMs: number): Promise<RenewedLease[]> {
    return await this.#client.query((db) => renewLeases(db, {worker, leaseMs}));
  }

  async release(
    worker: string,
    held: HeldAttempt,
    options: {readonly delayMs: number; readonly isFault: boolean},
  ): Promise<boolean> {
    return await this.#client.query((db) => releaseTurn(db, {worker, ...held, ...options}));
  }

  async expired(limit: number): Promise<LostRun[]> {
    return await this.#client.query((db) => readExpired(db, limit));
  }

  async reclaim(runId: string, delayMs: number): Promise<boolean> {
    return await this.#client.query((db) => reclaimTurn(db, {runId, delayMs}));
  }

  async cancel(
    runId: string,
    owner: string,
    result: RunResult,
    finishedAt: string,
  ): Promise<'finished' | 'wanted' | 'unknown'> {
    const command = {runId, owner, result: encodeResult(result), finishedAtMs: toMilliseconds(finishedAt)};
    return await this.#client.query((db) =>
      db.transaction().execute((transaction) => cancelTurn(transaction, command)),
    );
  }

  async active(asked: {readonly id: string | null; readonly limit: number}): Promise<ActiveRun[]> {
    return await this.#client.query((db) => readActive(db, asked));
  }

  async waiting(): Promise<WaitingDepth> {
    return await this.#client.query(countWaiting);
  }

  async position(runId: string, limit: number): Promise<number | null> {
    return await this.#client.query((db) => findPosition(db, {runId, limit}));
  }

  async holder(runId: string): Promise<{readonly worker: string; readonly url: string} | null> {
    return await this.#client.query((db) => findHolder(db, runId));
  }

  async report(worker: WorkerReport): Promise<void> {
    await this.#client.query((db) => reportWorker(db, worker));
  }

  async workers(maxAgeMs: number): Promise<WorkerReport[]> {
    return await this.#client.query((db) => readWorkers(db, maxAgeMs));
  }

  async forget(worker: string): Promise<void> {
    await this.#client.query((db) => forgetWorker(db, worker));
  }

  onChange(listener: (news: ChangeNews) => void): () => void {
    return this.#feed.onChange(listener);
  }

  async lead(): Promise<boolean> {
    return await this.#client.query(() => this.#leadership.lead());
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#leadership[Symbol.asyncDispose]();
    await this.#feed[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}
