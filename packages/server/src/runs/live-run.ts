import type {Interaction} from '@sandglass/engine';
import {
  type EngineEvent,
  RUN_STATES,
  type Run,
  type RunResult,
  type RunSpec,
  type RunState,
  type Step,
} from '@sandglass/protocol';
import {composeRun, type RunFacts} from '@sandglass/store';
import {EventLog} from './event-log.ts';

/** What is known of a run before it is executed. */
export interface RunIdentity {
  readonly id: string;
  readonly owner: string;
  readonly spec: RunSpec;
  readonly language: {readonly id: string; readonly version: string};
  /** RFC 3339. */
  readonly createdAt: string;
  /** What its spans hang on; null when its acceptance was not traced. */
  readonly traceparent: string | null;
}

/** Who attends a run from its start to its end, beside those that only read about it. */
export interface Audience {
  readonly interaction: Interaction | undefined;
  /** Gets every event; a returned promise holds the program's further output back. */
  onEvent(event: EngineEvent): void | Promise<void>;
}

/** How far an earlier life of the server got with it. */
export interface RunProgress {
  readonly state: RunState;
  readonly attempts: number;
  /** When its first attempt began, RFC 3339. */
  readonly startedAt: string | null;
}

const NOT_BEGUN: RunProgress = {state: 'queued', attempts: 0, startedAt: null};

/**
 * A run between acceptance and the moment its result is durable: what this process knows of it beyond the store.
 * Afterwards the store alone speaks for it.
 */
export class LiveRun {
  readonly identity: RunIdentity;
  readonly events: EventLog;
  /** Aborting it cancels the run. */
  readonly cancellation = new AbortController();
  /** The finished run, once it is durable. Rejects when this server gives the run up (store failure, shutdown). */
  readonly finished: Promise<Run>;
  /** Somebody may be watching: the program should write line by line. */
  readonly isLive: boolean;
  /** Null for runs that nobody attends. An attended run has one attempt: what was said to its program cannot be said again. */
  readonly audience: Audience | null;
  /** Faults of our own so far, in this process. */
  faults = 0;
  /** Attempts that found no free sandbox. */
  waitsForRoom = 0;
  /** Since when it waits for its next attempt, a time of day; null: since it was accepted. */
  waitingSinceMs: number | null = null;
  #isAbandoned = false;
  #finishedRun: Run | null = null;
  readonly #settled = Promise.withResolvers<Run>();
  #state: RunState;
  #attempts: number;
  #startedAt: string | null;
  #compile: Step | null = null;

  constructor(
    identity: RunIdentity,
    {isLive, audience = null}: {readonly isLive: boolean; readonly audience?: Audience | null},
    progress: RunProgress = NOT_BEGUN,
  ) {
    this.isLive = isLive;
    this.audience = audience;
    this.identity = identity;
    this.#state = progress.state;
    this.#attempts = progress.attempts;
    this.#startedAt = progress.startedAt;
    this.finished = this.#settled.promise;
    // Nobody may be waiting; a rejection then concerns nobody.
    this.finished.catch(() => undefined);
    this.events = new EventLog(progress.attempts + 1);
    this.events.append({kind: 'state', state: this.#state});
  }

  get id(): string {
    return this.identity.id;
  }

  get attempts(): number {
    return this.#attempts;
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  begin(attempt: number, nowMs: number): void {
    this.#attempts = attempt;
    this.#startedAt ??= new Date(nowMs).toISOString();
    this.#compile = null;
    if (this.faults + this.waitsForRoom > 0) this.events.beginAttempt(attempt);
  }

  /** States never go back: a second attempt that compiles again is still `running` to whoever saw it run. */
  observe(event: EngineEvent): void | Promise<void> {
    if (event.kind === 'state') {
      if (RUN_STATES.indexOf(event.state) <= RUN_STATES.indexOf(this.#state)) return undefined;
      this.#state = event.state;
    }
    if (event.kind === 'compiled') this.#compile = event.compile;
    this.events.append(event);
    return this.audience?.onEvent(event);
  }

  /** The run with this result, as it will be stored. */
  withResult(result: RunResult, finishedAtMs: number): Run {
    return composeRun({...this.#facts('finished'), finishedAt: new Date(finishedAtMs).toISOString()}, result);
  }

  /** The result is durable: tells waiters and subscribers. */
  settle(run: Run): void {
    this.#state = 'finished';
    this.#finishedRun = run;
    this.events.finish(run);
    this.#settled.resolve(run);
  }

  /** This process does not bring the run to its end. */
  abandon(reason: Error): void {
    this.#isAbandoned = true;
    this.events.abandon();
    this.#settled.reject(reason);
  }

  /** The run as it stands. */
  snapshot(): Run {
    return this.#finishedRun ?? {...composeRun(this.#facts(this.#state), null), compile: this.#compile};
  }

  #facts(state: RunState): RunFacts {
    const {id, spec, language, createdAt} = this.identity;
    return {
      id,
      state,
      language,
      isolation: spec.isolation,
      metadata: spec.metadata,
      createdAt,
      startedAt: this.#startedAt,
      finishedAt: null,
      attempts: this.#attempts,
    };
  }
}
