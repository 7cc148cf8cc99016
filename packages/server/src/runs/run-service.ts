import type {Engine} from '@sandglass/engine';
import {type Run, type RunSpec, SandglassError} from '@sandglass/protocol';
import type {QueueEntry, QueueReservation, RunQueue} from '@sandglass/queue';
import type {ActiveRun, IdempotencyClaim, LateRunStore, RunFilter, StoredRun} from '@sandglass/store';
import type {RunOrigin, RunTraces} from '../tracing/run-traces.ts';
import {type AcceptanceWatch, watchAcceptance} from '../tracing/watch-acceptance.ts';
import {batchIdOf} from './batch-id.ts';
import {type Followed, followEvents} from './follow-events.ts';
import {type Audience, LiveRun, type RunIdentity} from './live-run.ts';
import type {LiveRuns} from './live-runs.ts';
import {cancelledResult, internalErrorResult} from './own-results.ts';
import {idempotencyConflict, notFound, shuttingDown} from './refusals.ts';
import {replayEvents} from './replay-events.ts';
import {MAX_ATTEMPTS} from './retry-policy.ts';
import {newId} from './run-id.ts';
import type {RunObserver} from './run-observer.ts';
import type {Runs} from './runs.ts';
import {settledOrAborted, settledWithin} from './settled.ts';

export interface RunServiceParts {
  readonly engine: Pick<Engine, 'check' | 'isolation'>;
  readonly store: LateRunStore;
  readonly queue: RunQueue;
  readonly observer: RunObserver;
  /** Runs of this process by id; shared with the dispatcher, which removes them when their result is durable. */
  readonly lives: LiveRuns;
  /** Null when no traces are exported. */
  readonly traces: RunTraces | null;
}

export interface AcceptOptions {
  readonly owner: string;
  readonly claim: IdempotencyClaim | null;
  readonly isBatch: boolean;
  /** Somebody waits for the end and learns of the run only then, or when the wait is over: until then it need not be durable. */
  readonly isAwaited: boolean;
  /** Somebody may follow the events while the program runs. */
  readonly isLive: boolean;
  /** For the trace, when there is one. */
  readonly origin?: RunOrigin | undefined;
}

export interface WaitOptions {
  /** Null waits without a bound. */
  readonly timeoutMs: number | null;
  /** This process has just accepted it: where others execute, it need not be looked at before there is news of it. */
  readonly isNew?: boolean;
  /** Aborts when nobody waits any more; the run goes on. */
  readonly signal: AbortSignal;
}

/** Runs that are durable now, in the order of the request. */
export interface Acceptance {
  readonly runIds: readonly string[];
  readonly batchId: string | null;
  /** The same runs as this process carries them; empty when repeated. */
  readonly lives: readonly LiveRun[];
  /** The idempotency key was used before for the same request; nothing new was accepted. */
  readonly isRepeated: boolean;
}

/** What happens to runs from the outside: accepted, looked at, waited for, cancelled, recovered. */
export class RunService implements Runs {
  readonly #parts: RunServiceParts;
  readonly #watch: AcceptanceWatch;
  #isStopping = false;

  constructor(parts: RunServiceParts) {
    this.#parts = parts;
    const {traces, observer} = parts;
    this.#watch = {traces, onAccepted: (durationMs) => observer.timed('accept', durationMs)};
  }

  /** From now on nothing is accepted; reading goes on. */
  stopAccepting(): void {
    this.#isStopping = true;
  }

  /** Answers everybody who still waits: the runs themselves go on after the next start. */
  abandonAll(): void {
    for (const live of this.#parts.lives.all()) live.abandon(shuttingDown());
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Takes runs, all or none. Resolves when they are durable, or, for one that is awaited, when it is under way. Throws what the engine has against a run, `server-full`,
   * `shutting-down`, `idempotency-conflict`, `store-failed`.
   *
   * Without an idempotency key the runs may start while they are being written: the result is written behind them, and
   * nobody gets an answer before both are durable.
   */
  async accept(specs: readonly RunSpec[], options: AcceptOptions): Promise<Acceptance> {
    return await watchAcceptance(this.#watch, options.origin, async (traceparent) => {
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
    const identities = specs.map((spec) => this.#identify(spec, options.owner, traceparent));
    const runIds = identities.map(({id}) => id);
    const batchId = options.isBatch ? batchIdOf(runIds) : null;
    this.#parts.lives.refuseOverflow(specs);
    using places = this.#parts.queue.reserve(identities.length);
    if (options.isAwaited && options.claim === null && batchId === null)
      return await this.#acceptAwaited(identities, places, options);
    const storing = this.#parts.store.accept(
      identities.map((identity) => ({...identity, batchId})),
      options.claim,
    );
    if (options.claim !== null) {
      const answer = await storing;
      if (answer.kind === 'conflict') throw idempotencyConflict(options.claim.key);
      if (answer.kind === 'repeated') return repeated(answer.runIds, options.isBatch);
    }
    const lives = identities.map((identity) => new LiveRun(identity, {isLive: options.isLive}));
    for (const live of lives) this.#parts.lives.add(live);
    try {
      await Promise.all([places.enqueue(identities.map(toEntry)), storing]);
    } catch (error) {
      await this.#takeBack(lives, error);
      throw error;
    }
    return {runIds, batchId, lives, isRepeated: false};
  }

  /** The store learns of them late: mostly with their result, in one write. */
  async #acceptAwaited(
    identities: readonly RunIdentity[],
    places: QueueReservation,
    {isLive}: AcceptOptions,
  ): Promise<Acceptance> {
    const lives = identities.map((identity) => new LiveRun(identity, {isLive}));
    for (const live of lives) {
      this.#parts.lives.add(live);
      this.#parts.store.announce(
        {...live.identity, batchId: null},
        (error) => void this.#takeBack([live], error),
      );
    }
    try {
      await places.enqueue(identities.map(toEntry));
    } catch (error) {
      await this.#takeBack(lives, error);
      throw error;
    }
    return {runIds: identities.map(({id}) => id), batchId: null, lives, isRepeated: false};
  }

  /**
   * Takes one run that somebody attends from its start; resolves when it is durable. It waits in no queue: the caller hands it to
   * `Dispatcher.attend` at once. Throws what `accept` throws.
   */
  async acceptLive(
    spec: RunSpec,
    {owner, audience}: {readonly owner: string; readonly audience: Audience},
  ): Promise<LiveRun> {
    return await watchAcceptance(this.#watch, {kind: 'live'}, async (traceparent) => {
      const answer = await this.#acceptLive(spec, {owner, audience, traceparent});
      return {runIds: [answer.id], answer};
    });
  }

  async #acceptLive(
    spec: RunSpec,
    {
      owner,
      audience,
      traceparent,
    }: {readonly owner: string; readonly audience: Audience; readonly traceparent: string | null},
  ): Promise<LiveRun> {
    if (this.#isStopping) throw shuttingDown();
    const identity = this.#identify(spec, owner, traceparent);
    this.#parts.lives.refuseOverflow([spec]);
    const live = new LiveRun(identity, {isLive: true, audience});
    this.#parts.lives.add(live);
    try {
      await this.#parts.store.accept([{...identity, batchId: null}], null);
    } catch (error) {
      await this.#takeBack([live], error);
      throw error;
    }
    return live;
  }

  /** Throws `not-found`, also for another owner's run. */
  async get(id: string, owner: string): Promise<Run> {
    const live = this.live(id, owner);
    return live === undefined ? (await this.#stored(id, owner)).run : this.#withPosition(live.snapshot());
  }

  /** The run when it is finished, or as it stands after `timeoutMs` (null: no bound). Throws `not-found`. */
  async wait(id: string, owner: string, options: WaitOptions): Promise<Run> {
    const live = this.live(id, owner);
    return live === undefined ? await this.get(id, owner) : await this.waitForLive(live, options);
  }

  /** The same for a run at hand, without looking it up. */
  async waitForLive(live: LiveRun, {timeoutMs, signal}: WaitOptions): Promise<Run> {
    if (timeoutMs === null) await settledOrAborted(live, signal);
    else await settledWithin(live, timeoutMs, signal);
    // Whoever is told of the run may rely on it.
    await this.#parts.store.confirm(live.id);
    // A run that this process gave up is the store's to tell about.
    return live.isAbandoned ? await this.get(live.id, live.identity.owner) : live.snapshot();
  }

  /** The run as this process carries it, until its result is durable. */
  live(id: string, owner: string): LiveRun | undefined {
    const live = this.#parts.lives.get(id);
    return live?.identity.owner === owner ? live : undefined;
  }

  /** Runs of every owner that are not finished, oldest first: for administrators. */
  async active({
    id,
    limit,
  }: {
    readonly id: string | null;
    readonly limit: number;
  }): Promise<readonly ActiveRun[]> {
    const all = [...this.#parts.lives.all()].filter((live) => id === null || live.id === id);
    return all.slice(0, limit).map((live) => ({
      id: live.id,
      owner: live.identity.owner,
      state: live.snapshot().state === 'queued' ? 'queued' : 'running',
      language: live.identity.language.id,
      createdAt: live.identity.createdAt,
    }));
  }

  async follow(
    id: string,
    owner: string,
    {lastSeq, signal}: {readonly lastSeq: number; readonly signal: AbortSignal},
  ): Promise<AsyncIterable<Followed>> {
    const live = this.live(id, owner);
    if (live !== undefined) return followEvents(live.events, lastSeq, signal);
    return replay(await this.get(id, owner), lastSeq);
  }

  async list(
    owner: string,
    page: {filter: RunFilter; cursor: string | null; limit: number},
  ): Promise<{runs: Run[]; nextCursor: string | null}> {
    const {runs, nextCursor} = await this.#parts.store.list(owner, page);
    return {runs: runs.map((run) => this.#newest(run, owner)), nextCursor};
  }

  /** Runs of a batch in request order. Throws `not-found`. */
  async batch(id: string, owner: string): Promise<Run[]> {
    const runs = await this.#parts.store.batch(id, owner);
    if (runs === null) throw notFound('batch', id);
    return runs.map((run) => this.#newest(run, owner));
  }

  /** Ends a run whatever it is doing; a finished one stays as it is. Resolves with the run once that is durable. Throws `not-found`. */
  async cancel(id: string, owner: string, signal: AbortSignal): Promise<Run> {
    const live = this.live(id, owner);
    if (live === undefined) return await this.get(id, owner);
    const isWaiting = await this.#parts.queue.remove(id);
    if (isWaiting) await this.#finishWaiting(live, cancelledResult(this.#context(live)));
    else live.cancellation.abort(new SandglassError('cancelled', `Run ${id} was cancelled by its owner.`));
    return await this.waitForLive(live, {timeoutMs: null, signal});
  }

  /** Takes up what an earlier life of the server left unfinished, oldest first. Returns how many runs. */
  async recover(): Promise<number> {
    const unfinished = await this.#parts.store.unfinished();
    for (const stored of unfinished) await this.#recoverOne(stored);
    return unfinished.length;
  }

  async #recoverOne({owner, run, spec}: StoredRun): Promise<void> {
    const identity = {
      id: run.id,
      owner,
      spec,
      language: run.language,
      createdAt: run.createdAt,
      traceparent: null,
    };
    const live = new LiveRun(identity, {isLive: false}, run);
    this.#parts.lives.add(live);
    if (run.attempts >= MAX_ATTEMPTS) {
      const reason = `the server stopped ${run.attempts} times while it was executing the run.`;
      await this.#finishWaiting(live, internalErrorResult(this.#context(live), reason));
      return;
    }
    const entry = {runId: run.id, owner, priority: spec.priority, attempt: run.attempts + 1};
    await this.#parts.queue.recover([entry]);
  }

  async #finishWaiting(live: LiveRun, result: Parameters<LiveRun['withResult']>[0]): Promise<void> {
    const run = live.withResult(result, Date.now());
    let isStored: boolean;
    try {
      isStored = await this.#parts.store.finish(live.id, live.attempts, result, run.finishedAt ?? '');
    } catch (error) {
      // It waits no longer and has no end: only the next start can take it up.
      live.abandon(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      this.#parts.lives.remove(live);
    }
    if (!isStored) {
      live.abandon(notFound('run', live.id));
      return;
    }
    live.settle(run);
    this.#parts.observer.finished(run, {hasCallback: live.identity.spec.callback !== null});
  }

  /** Nothing was accepted after all: whatever has begun ends and leaves no trace. */
  async #takeBack(lives: readonly LiveRun[], error: unknown): Promise<void> {
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const live of lives) {
      this.#parts.lives.remove(live);
      this.#parts.store.withdraw(live.id);
      live.abandon(reason);
      live.cancellation.abort(reason);
      await this.#parts.queue.remove(live.id);
    }
  }

  #identify(spec: RunSpec, owner: string, traceparent: string | null): RunIdentity {
    const {recipe, toolchain} = this.#parts.engine.check(spec);
    const now = Date.now();
    return {
      id: newId(now),
      owner,
      spec,
      language: {id: recipe.id, version: toolchain.version},
      createdAt: new Date(now).toISOString(),
      traceparent,
    };
  }

  async #stored(id: string, owner: string): Promise<StoredRun> {
    const stored = await this.#parts.store.get(id, owner);
    if (stored === null) throw notFound('run', id);
    return stored;
  }

  /** The store learns of states late; while the run is carried here, this process knows better. */
  #newest(run: Run, owner: string): Run {
    return run.state === 'finished' ? run : (this.live(run.id, owner)?.snapshot() ?? run);
  }

  #withPosition(run: Run): Run {
    if (run.state !== 'queued') return run;
    const place = this.#parts.queue.position(run.id);
    if (place === null) return run;
    const {position, secondsUntilTaken} = place;
    const estimatedStartAt =
      secondsUntilTaken === null ? null : new Date(Date.now() + secondsUntilTaken * 1000).toISOString();
    return {...run, queue: {position, estimatedStartAt}};
  }

  #context(live: LiveRun) {
    return {language: live.identity.language, isolation: this.#parts.engine.isolation};
  }
}

function toEntry({id, owner, spec}: RunIdentity): QueueEntry {
  return {runId: id, owner, priority: spec.priority, attempt: 1};
}

function repeated(runIds: readonly string[], isBatch: boolean): Acceptance {
  return {runIds, batchId: isBatch ? batchIdOf(runIds) : null, lives: [], isRepeated: true};
}

async function* replay(run: Run, lastSeq: number): AsyncGenerator<Followed> {
  for (const event of replayEvents(run, lastSeq)) yield {kind: 'event', event};
}
