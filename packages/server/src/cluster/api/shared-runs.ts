import type {Run, RunSpec} from '@sandglass/protocol';
import type {TurnQueue} from '@sandglass/queue';
import type {ActiveRun, RunFilter, SharedRunStore, StoredRun} from '@sandglass/store';
import {batchIdOf} from '../../runs/batch-id.ts';
import type {Followed} from '../../runs/follow-events.ts';
import {LiveRun, type RunIdentity} from '../../runs/live-run.ts';
import {cancelledResult} from '../../runs/own-results.ts';
import {idempotencyConflict, notFound, shuttingDown} from '../../runs/refusals.ts';
import {replayEvents} from '../../runs/replay-events.ts';
import {newId} from '../../runs/run-id.ts';
import type {Acceptance, AcceptOptions, WaitOptions} from '../../runs/run-service.ts';
import type {Runs} from '../../runs/runs.ts';
import {type AcceptanceWatch, watchAcceptance} from '../../tracing/watch-acceptance.ts';
import type {Backlog} from './backlog.ts';
import type {RunNews} from './run-news.ts';
import type {WorkerDirectory} from './worker-directory.ts';
import {workerEvents} from './worker-events.ts';

export interface SharedRunsParts {
  readonly store: SharedRunStore;
  readonly turns: Pick<TurnQueue, 'offer'>;
  readonly directory: Pick<WorkerDirectory, 'check' | 'isolation'>;
  readonly backlog: Backlog;
  readonly news: RunNews;
  readonly secret: string;
  readonly weightOf: (owner: string) => number;
  /** Somebody has to know when accepted runs end: they are watched, one more look into the store for each. */
  readonly watchesAccepted: boolean;
  readonly watch: AcceptanceWatch;
  /** A write to the store took so long, in milliseconds. */
  readonly onStored: (durationMs: number) => void;
  /** The broker did not take turns; the house-keeper offers them again. */
  readonly onFault: (error: unknown) => void;
}

/** News can be missed while the connection for them is made again; the store is asked at least this often. */
const LOOK_MS = 2_000;
const FOLLOW_PAUSE_MS = 100;
/** Positions beyond this are told as this one. */
const MAX_POSITION = 10_000;

/** Runs that other processes execute. Everything this process knows of them it asks the store, and their workers. */
export class SharedRuns implements Runs {
  readonly #parts: SharedRunsParts;
  readonly #ending = new AbortController();
  readonly #watched = new Map<string, LiveRun>();
  readonly #stopListening: () => void;
  #isStopping = false;

  constructor(parts: SharedRunsParts) {
    this.#parts = parts;
    this.#stopListening = parts.store.onChange((news) => {
      if (news.kind === 'finished') void this.#settle(news.runId);
      if (news.kind === 'reconnected') for (const id of this.#watched.keys()) void this.#settle(id);
    });
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  stopAccepting(): void {
    this.#isStopping = true;
  }

  /** Answers everybody who still waits, with the run as it stands. */
  endWaits(): void {
    this.#ending.abort();
    this.#stopListening();
    for (const live of this.#watched.values()) live.abandon(shuttingDown());
    this.#watched.clear();
  }

  async active(asked: {readonly id: string | null; readonly limit: number}): Promise<readonly ActiveRun[]> {
    return await this.#parts.store.active(asked);
  }

  /** Resolves when the runs are durable. A broker that is away delays them and refuses nothing. */
  async accept(specs: readonly RunSpec[], options: AcceptOptions): Promise<Acceptance> {
    return await watchAcceptance(this.#parts.watch, options.origin, async (traceparent) => {
      const answer = await this.#accept(specs, options, traceparent);
      return {runIds: answer.runIds, answer};
    });
  }

  async #accept(
    specs: readonly RunSpec[],
    options: AcceptOptions,
    traceparent: string | null,
  ): Promise<Acceptance> {
    if (this.#isStopping) throw shuttingDown();
    const {store, backlog, directory, weightOf} = this.#parts;
    const {owner, claim, isBatch, isLive} = options;
    const now = Date.now();
    const runs = specs.map((spec) => {
      const {recipe, toolchain} = directory.check(spec);
      const language = {id: recipe.id, version: toolchain.version};
      return {id: newId(now), owner, spec, language, createdAt: new Date(now).toISOString(), traceparent};
    });
    const runIds = runs.map(({id}) => id);
    const batchId = isBatch ? batchIdOf(runIds) : null;
    backlog.admit(runs.length);
    const storingSince = performance.now();
    const answer = await store.accept(
      runs.map((run) => ({...run, batchId})),
      claim,
      {weight: weightOf(owner), isLive, holder: null, traceparent},
    );
    this.#parts.onStored(performance.now() - storingSince);
    switch (answer.kind) {
      case 'conflict':
        throw idempotencyConflict(claim?.key ?? '');
      case 'repeated': {
        const {runIds: earlier} = answer;
        return {runIds: earlier, batchId: isBatch ? batchIdOf(earlier) : null, lives: [], isRepeated: true};
      }
      case 'accepted':
        this.#parts.turns.offer(runs.length).catch((error) => this.#parts.onFault(error));
        return {runIds, batchId, lives: this.#watch(runs), isRepeated: false};
      default:
        return answer satisfies never;
    }
  }

  async get(id: string, owner: string): Promise<Run> {
    const {run} = await this.#stored(id, owner);
    return run.state === 'finished' ? run : await this.#withPosition(run);
  }

  async wait(id: string, owner: string, {timeoutMs, signal, isNew = false}: WaitOptions): Promise<Run> {
    const deadline = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const ended = AbortSignal.any([signal, this.#ending.signal]);
    using news = this.#parts.news.expect(id);
    const isUnseen = isNew && timeoutMs !== 0 && !this.#parts.news.hasJustFinished(id);
    if (isUnseen) await news.next({timeoutMs: Math.min(LOOK_MS, timeoutMs ?? LOOK_MS), signal: ended});
    for (;;) {
      const {run} = await this.#stored(id, owner);
      const leftMs = deadline - performance.now();
      if (run.state === 'finished' || leftMs <= 0 || ended.aborted) return run;
      await news.next({timeoutMs: Math.min(LOOK_MS, leftMs), signal: ended});
    }
  }

  async waitForLive(live: LiveRun, options: WaitOptions): Promise<Run> {
    return await this.wait(live.id, live.identity.owner, options);
  }

  async list(
    owner: string,
    page: {filter: RunFilter; cursor: string | null; limit: number},
  ): Promise<{runs: Run[]; nextCursor: string | null}> {
    return await this.#parts.store.list(owner, page);
  }

  async batch(id: string, owner: string): Promise<Run[]> {
    const runs = await this.#parts.store.batch(id, owner);
    if (runs === null) throw notFound('batch', id);
    return runs;
  }

  /** A waiting run ends at once; of a running one the worker is told. */
  async cancel(id: string, owner: string, signal: AbortSignal): Promise<Run> {
    const {run} = await this.#stored(id, owner);
    if (run.state === 'finished') return run;
    const result = cancelledResult({language: run.language, isolation: this.#parts.directory.isolation});
    const answer = await this.#parts.store.cancel(id, owner, result, new Date().toISOString());
    return answer === 'wanted'
      ? await this.wait(id, owner, {timeoutMs: null, signal})
      : await this.get(id, owner);
  }

  async follow(
    id: string,
    owner: string,
    {lastSeq, signal}: {readonly lastSeq: number; readonly signal: AbortSignal},
  ): Promise<AsyncIterable<Followed>> {
    const {run} = await this.#stored(id, owner);
    return this.#follow(run, owner, lastSeq, AbortSignal.any([signal, this.#ending.signal]));
  }

  /** What is seen of one attempt is followed at its worker; between workers the store is asked. */
  async *#follow(first: Run, owner: string, lastSeq: number, signal: AbortSignal): AsyncGenerator<Followed> {
    using news = this.#parts.news.expect(first.id);
    let run = first;
    let position = lastSeq;
    if (run.state === 'queued' && position === 0) {
      position = 1;
      yield {kind: 'event', event: {seq: position, kind: 'state', state: 'queued'}};
    }
    while (!signal.aborted) {
      if (run.state === 'finished') {
        for (const event of replayEvents(run, position)) yield {kind: 'event', event};
        return;
      }
      const holder = await this.#parts.store.holder(run.id);
      if (holder !== null) {
        const {secret} = this.#parts;
        const events = workerEvents({url: holder.url, secret, runId: run.id, lastSeq: position, signal});
        for await (const followed of events) {
          yield followed;
          if (followed.kind !== 'event') continue;
          if (followed.event.kind === 'finished') return;
          position = followed.event.seq;
        }
      }
      await news.next({timeoutMs: holder === null ? LOOK_MS : FOLLOW_PAUSE_MS, signal});
      run = (await this.#stored(run.id, owner)).run;
    }
  }

  #watch(identities: readonly RunIdentity[]): readonly LiveRun[] {
    if (!this.#parts.watchesAccepted) return [];
    const lives = identities.map((identity) => new LiveRun(identity, {isLive: false}));
    for (const live of lives) this.#watched.set(live.id, live);
    return lives;
  }

  async #settle(runId: string): Promise<void> {
    const live = this.#watched.get(runId);
    if (live === undefined) return;
    try {
      const stored = await this.#parts.store.get(runId, live.identity.owner);
      if (stored?.run.state !== 'finished' || !this.#watched.delete(runId)) return;
      live.settle(stored.run);
    } catch (error) {
      // The news that the connection is back brings it up again.
      this.#parts.onFault(error);
    }
  }

  async #withPosition(run: Run): Promise<Run> {
    const position = await this.#parts.store.position(run.id, MAX_POSITION);
    if (position === null) return run;
    const seconds = this.#parts.backlog.secondsFor(position + 1);
    const estimatedStartAt = seconds === null ? null : new Date(Date.now() + seconds * 1000).toISOString();
    return {...run, queue: {position, estimatedStartAt}};
  }

  async #stored(id: string, owner: string): Promise<StoredRun> {
    const stored = await this.#parts.store.get(id, owner);
    if (stored === null) throw notFound('run', id);
    return stored;
  }
}
