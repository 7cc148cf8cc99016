import {type Run, type RunResult, SandglassError} from '@sandglass/protocol';
import type {AnswerOf, CommandOf, OperationName} from './operations/index.ts';
import type {TurnPlacing} from './operations/insert-with-turns.ts';
import {encodeResult} from './record/result-record.ts';
import {decodeCursor, encodeCursor} from './run/list-cursor.ts';
import {toAcceptedRun, toListedRun, toStoredRun} from './run/stored-run.ts';
import {toMilliseconds, toRfc3339} from './run/time.ts';
import type {
  AcceptResult,
  IdempotencyClaim,
  NewRun,
  PendingCallback,
  RunEnd,
  RunFilter,
  RunStore,
  StoredRun,
} from './run-store.ts';
import {transferableBuffers} from './transferable-buffers.ts';

/** Deleting a run frees all pages of its output; this many keep the writes behind it waiting for milliseconds at most. */
const RUNS_DELETED_AT_ONCE = 50;

/** Who carries operations out: grouped, durable, in the order they were called. */
export interface CommandRunner {
  /** Buffers in `transfer` change hands and must not be used afterwards. Throws `store-failed`. */
  call<Name extends OperationName>(
    name: Name,
    input: CommandOf<Name>,
    transfer?: readonly ArrayBuffer[],
  ): Promise<AnswerOf<Name>>;
  /** Everything called before is carried out first. Idempotent. */
  close(): Promise<void>;
}

/** The store's promises in terms of operations on tables, the same for every database. */
export class CommandRunStore implements RunStore {
  readonly #database: CommandRunner;
  readonly #isShared: boolean;

  /** `isShared` says that other processes take and wait for the same runs. */
  protected constructor(database: CommandRunner, {isShared = false}: {readonly isShared?: boolean} = {}) {
    this.#database = database;
    this.#isShared = isShared;
  }

  async accept(
    runs: readonly NewRun[],
    claim: IdempotencyClaim | null,
    turns: TurnPlacing | null = null,
  ): Promise<AcceptResult> {
    const accepted = runs.map((run, index) => toAcceptedRun(run, index));
    const stored =
      claim === null
        ? null
        : {
            owner: claim.owner,
            key: claim.key,
            requestHash: claim.requestHash,
            expiresAtMs: toMilliseconds(claim.expiresAt),
          };
    return await this.#database.call(
      'acceptRuns',
      {runs: accepted, claim: stored, turns},
      transferableBuffers(accepted.map((run) => run.spec)),
    );
  }

  async start(runId: string, attempt: number, startedAt: string): Promise<boolean> {
    const startedAtMs = toMilliseconds(startedAt);
    return await this.#database.call('startRun', {runId, attempt, startedAtMs});
  }

  async finish(runId: string, attempt: number, result: RunResult, finishedAt: string): Promise<boolean> {
    const record = encodeResult(result);
    const finishedAtMs = toMilliseconds(finishedAt);
    return await this.#database.call(
      'finishRun',
      {runId, attempt, outcome: result.outcome, result: record, finishedAtMs, isShared: this.#isShared},
      transferableBuffers([record]),
    );
  }

  async record(run: NewRun, end: RunEnd): Promise<void> {
    const accepted = toAcceptedRun(run, 0);
    const result = encodeResult(end.result);
    await this.#database.call(
      'recordRun',
      {
        run: accepted,
        attempt: end.attempt,
        startedAtMs: end.startedAt === null ? null : toMilliseconds(end.startedAt),
        outcome: end.result.outcome,
        result,
        finishedAtMs: toMilliseconds(end.finishedAt),
      },
      transferableBuffers([accepted.spec, result]),
    );
  }

  async get(runId: string, owner: string): Promise<StoredRun | null> {
    const found = await this.#database.call('readRun', {runId, owner});
    return found === null ? null : toStoredRun(found);
  }

  async list(
    owner: string,
    page: {readonly filter: RunFilter; readonly cursor: string | null; readonly limit: number},
  ): Promise<{runs: Run[]; nextCursor: string | null}> {
    const {state = null, outcome = null, language = null} = page.filter;
    const after = page.cursor === null ? null : decodeCursor(page.cursor);
    const answer = await this.#database.call('listRuns', {
      owner,
      filter: {state, outcome, language},
      after,
      limit: page.limit,
    });
    return {
      runs: answer.runs.map(toListedRun),
      nextCursor: answer.next === null ? null : encodeCursor(answer.next),
    };
  }

  async batch(batchId: string, owner: string): Promise<Run[] | null> {
    const answer = await this.#database.call('readBatch', {batchId, owner});
    switch (answer.kind) {
      case 'found':
        return answer.runs.map(toListedRun);
      case 'unknown':
        return null;
      case 'too-large':
        throw new SandglassError(
          'unsupported-feature',
          `Cannot show batch ${batchId} in one answer: its results are larger than ${answer.maxBytes} bytes together. Ask for its runs one by one.`,
        );
      default:
        return answer satisfies never;
    }
  }

  async unfinished(): Promise<StoredRun[]> {
    const found = await this.#database.call('readUnfinished', undefined);
    return found.map(toStoredRun);
  }

  async countUnfinished(): Promise<number> {
    return await this.#database.call('countUnfinished', undefined);
  }

  async dueCallbacks(now: string, limit: number): Promise<PendingCallback[]> {
    const due = await this.#database.call('readDueCallbacks', {nowMs: toMilliseconds(now), limit});
    return due.map((callback) => ({
      runId: callback.run_id,
      owner: callback.owner,
      tries: callback.tries,
      dueAt: toRfc3339(callback.due_at_ms),
    }));
  }

  async recordCallback(runId: string, tries: number, nextDueAt: string | null): Promise<void> {
    const nextDueAtMs = nextDueAt === null ? null : toMilliseconds(nextDueAt);
    await this.#database.call('recordCallback', {runId, tries, nextDueAtMs});
  }

  async recordTold(runId: string, status: string): Promise<void> {
    await this.#database.call('recordTold', {runId, status});
  }

  async lastTold(runId: string): Promise<string | null> {
    return await this.#database.call('readTold', runId);
  }

  async deleteFinishedBefore(time: string): Promise<number> {
    const command = {beforeMs: toMilliseconds(time), limit: RUNS_DELETED_AT_ONCE};
    for (let total = 0; ; ) {
      // One piece after the other, so that other writes get their turn in between.
      const deleted = await this.#database.call('deleteFinished', command);
      total += deleted;
      if (deleted < command.limit) return total;
    }
  }

  async check(): Promise<void> {
    await this.#database.call('checkStore', undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close();
  }
}
