import {setTimeout as delay} from 'node:timers/promises';
import type {Engine, StageListener} from '@sandglass/engine';
import {type RunResult, SandglassError} from '@sandglass/protocol';
import type {QueueLease, RunQueue} from '@sandglass/queue';
import type {RunStore} from '@sandglass/store';
import type {AttemptTrace, RunTraces} from '../tracing/run-traces.ts';
import type {LiveRun} from './live-run.ts';
import type {LiveRuns} from './live-runs.ts';
import {cancelledResult, internalErrorResult} from './own-results.ts';
import {isForWantOfRoom, nextStep} from './retry-policy.ts';
import type {RunObserver} from './run-observer.ts';

export interface DispatcherParts {
  readonly engine: Pick<Engine, 'execute' | 'isolation'>;
  readonly store: Pick<RunStore, 'start' | 'finish'>;
  readonly queue: Pick<RunQueue, 'take'>;
  readonly observer: RunObserver;
  /** Runs of this process by id. */
  readonly lives: LiveRuns;
  /** Null when no traces are exported. */
  readonly traces: RunTraces | null;
}

/** Tries to store a result, with growing pauses of 0.1 to 1.6 s between them. */
const STORE_TRIES = 6;
const STORE_PAUSE_MS = 100;

/** Between tries to take from a queue that failed. */
const TAKE_PAUSE_MS = 1000;

/**
 * Takes runs from the queue and brings each to its end, a fixed number at a time.
 *
 * The start of an attempt is written to the store while the program already runs; writes become visible in order, so a result
 * is never stored before its start, and the durable result alone ends the run. An attempt that another one has overtaken
 * is dropped by the store.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #stopTaking = new AbortController();
  readonly #workers: Promise<void>[] = [];
  readonly #running = new Set<LiveRun>();
  readonly #attended = new Set<Promise<void>>();

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Runs being executed now. */
  get running(): number {
    return this.#running.size;
  }

  start(concurrency: number): void {
    for (let slot = 0; slot < concurrency; slot++) this.#workers.push(this.#work());
  }

  /**
   * Takes no more runs, lets the running ones end for at most `graceMs` (or until `hurry` aborts), then stops them without
   * a result: they stay unfinished in the store and are taken up after the next start.
   */
  async stop(graceMs: number, hurry: AbortSignal): Promise<void> {
    this.#stopTaking.abort(stopping());
    const drained = Promise.all([...this.#workers, ...this.#attended]);
    const ended = new AbortController();
    const grace = delay(graceMs, undefined, {signal: AbortSignal.any([hurry, ended.signal])}).catch(
      () => undefined,
    );
    await Promise.race([drained, grace]);
    ended.abort();
    for (const live of this.#running) {
      // After a restart nobody would be there to attend it: it ends now, cancelled.
      if (live.audience === null) live.abandon(stopping());
      live.cancellation.abort(stopping());
    }
    await drained;
  }

  /**
   * Brings a run that somebody attends to its end, beside those of the queue: it spends its time waiting for people, so it takes no
   * place of theirs. How many there are is bounded where they come in. Never rejects.
   */
  async attend(live: LiveRun): Promise<void> {
    if (this.#stopTaking.signal.aborted) live.cancellation.abort(stopping());
    const attempt = this.#attempt(live, unqueued(live)).finally(() => this.#attended.delete(attempt));
    this.#attended.add(attempt);
    await attempt;
  }

  async #work(): Promise<void> {
    for (;;) {
      let lease: QueueLease;
      try {
        lease = await this.#parts.queue.take({signal: this.#stopTaking.signal});
      } catch (error) {
        if (this.#stopTaking.signal.aborted) return;
        this.#parts.observer.takeFailed(error);
        await delay(TAKE_PAUSE_MS);
        continue;
      }
      const live = this.#parts.lives.get(lease.entry.runId);
      if (live === undefined) await lease.complete();
      else await this.#attempt(live, lease);
    }
  }

  async #attempt(live: LiveRun, lease: QueueLease): Promise<void> {
    this.#running.add(live);
    const trace = this.#trace(live, lease);
    try {
      await this.#execute(live, lease, trace);
    } catch (error) {
      trace?.failed(error);
      // Storing failed for good. The run stays unfinished in the store: it is taken up after the next start.
      this.#parts.observer.faulted(live.id, {attempt: lease.entry.attempt, error, willRetry: false});
      this.#parts.lives.remove(live);
      live.abandon(storeLost(live.id, error));
      await lease.complete();
    } finally {
      trace?.close();
      this.#running.delete(live);
    }
  }

  #trace({identity, audience, waitingSinceMs}: LiveRun, {entry}: QueueLease): AttemptTrace | null {
    if (this.#parts.traces === null) return null;
    const {id, language, traceparent, createdAt, spec} = identity;
    const run = {id, language, traceparent, priority: spec.priority};
    const since = audience === null ? (waitingSinceMs ?? Date.parse(createdAt)) : null;
    return this.#parts.traces.attempt(run, {attempt: entry.attempt, waitingSinceMs: since});
  }

  async #execute(live: LiveRun, lease: QueueLease, trace: AttemptTrace | null): Promise<void> {
    const {attempt} = lease.entry;
    const now = Date.now();
    live.begin(attempt, now);
    if (live.cancellation.signal.aborted)
      return await this.#finish(live, {lease, trace}, cancelledResult(this.#context(live)));
    const started = this.#parts.store.start(live.id, attempt, new Date(now).toISOString());
    // Looked at after the program has run; until then a rejection must not count as unhandled.
    started.catch(() => undefined);
    const end = await this.#run(live, trace);
    if (live.isAbandoned) return await lease.complete();
    if (!(await started)) return await this.#overtaken(live, lease);
    if (end.kind === 'result') return await this.#finish(live, {lease, trace}, end.result);
    await this.#afterError(live, {lease, trace}, end.error);
  }

  async #run(live: LiveRun, trace: AttemptTrace | null): Promise<AttemptEnd> {
    try {
      const result = await this.#parts.engine.execute(live.identity.spec, {
        signal: live.cancellation.signal,
        onEvent: (event) => live.observe(event),
        onStage:
          trace === null
            ? this.#onStage
            : (time) => {
                trace.stage(time);
                this.#onStage(time);
              },
        isLive: live.isLive,
        cacheScope: live.identity.owner,
        interaction: live.audience?.interaction,
      });
      return {kind: 'result', result};
    } catch (error) {
      if (live.cancellation.signal.aborted)
        return {kind: 'result', result: cancelledResult(this.#context(live))};
      return {kind: 'error', error};
    }
  }

  /** The programs' own stages are counted with the result. */
  readonly #onStage: StageListener = ({stage, beganAtMs, endedAtMs}) => {
    if (stage === 'sandbox') this.#parts.observer.timed('sandbox', endedAtMs - beganAtMs);
  };

  async #afterError(live: LiveRun, {lease, trace}: Turn, error: unknown): Promise<void> {
    trace?.failed(error);
    if (isForWantOfRoom(error)) live.waitsForRoom++;
    else live.faults++;
    const next = live.audience === null ? nextStep(error, live) : ONE_ATTEMPT;
    this.#parts.observer.faulted(live.id, {
      attempt: lease.entry.attempt,
      error,
      willRetry: next.kind === 'retry',
    });
    if (next.kind === 'retry') {
      live.waitingSinceMs = Date.now() + next.delayMs;
      return await lease.retry(next.delayMs);
    }
    const reason =
      error instanceof SandglassError ? error.message : 'an unforeseen error; the log of the server has it.';
    await this.#finish(live, {lease, trace}, internalErrorResult(this.#context(live), reason));
  }

  async #finish(live: LiveRun, {lease, trace}: Turn, result: RunResult): Promise<void> {
    const now = Date.now();
    const beganAtMs = performance.now();
    const run = live.withResult(result, now);
    const isStored = await this.#store(live, {
      result,
      attempt: lease.entry.attempt,
      finishedAt: run.finishedAt ?? '',
    });
    const endedAtMs = performance.now();
    this.#parts.observer.timed('store', endedAtMs - beganAtMs);
    trace?.stage({stage: 'store', beganAtMs, endedAtMs});
    if (!isStored) return await this.#overtaken(live, lease);
    trace?.ended(result.outcome);
    this.#parts.lives.remove(live);
    live.settle(run);
    this.#parts.observer.finished(run, {hasCallback: live.identity.spec.callback !== null});
    await lease.complete();
  }

  async #store(
    live: LiveRun,
    end: {readonly result: RunResult; readonly attempt: number; readonly finishedAt: string},
  ): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#parts.store.finish(live.id, end.attempt, end.result, end.finishedAt);
      } catch (error) {
        if (tries >= STORE_TRIES || this.#stopTaking.signal.aborted) throw error;
        await delay(STORE_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  /** Another attempt, or a cancellation, brought the run to its end; the store has it. */
  async #overtaken(live: LiveRun, lease: QueueLease): Promise<void> {
    this.#parts.lives.remove(live);
    live.abandon(
      new SandglassError('internal-error', `Run ${live.id} was finished by another attempt; read it again.`),
    );
    await lease.complete();
  }

  #context(live: LiveRun) {
    return {language: live.identity.language, isolation: this.#parts.engine.isolation};
  }
}

/** One attempt's place in the queue, and its spans. */
interface Turn {
  readonly lease: QueueLease;
  readonly trace: AttemptTrace | null;
}

const ONE_ATTEMPT = {kind: 'give-up'} as const;

/** The place in the queue of a run that never waited there. */
function unqueued(live: LiveRun): QueueLease {
  const {id, owner, spec} = live.identity;
  return {
    entry: {runId: id, owner, priority: spec.priority, attempt: 1},
    complete: async () => undefined,
    retry: async () => undefined,
  };
}

type AttemptEnd =
  | {readonly kind: 'result'; readonly result: RunResult}
  | {readonly kind: 'error'; readonly error: unknown};

function stopping(): SandglassError {
  return new SandglassError(
    'shutting-down',
    'The server is stopping; the run is taken up again after its next start.',
    {
      retryAfterSeconds: 5,
    },
  );
}

function storeLost(runId: string, cause: unknown): SandglassError {
  return new SandglassError(
    'store-failed',
    `Cannot store the result of run ${runId}. The run is taken up again when the server restarts with a working store.`,
    {cause},
  );
}
