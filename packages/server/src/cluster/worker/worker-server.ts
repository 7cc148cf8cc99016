import type {AddressInfo} from 'node:net';
import {hostname} from 'node:os';
import type {Engine} from '@sandglass/engine';
import {SandglassError} from '@sandglass/protocol';
import type {TurnQueue} from '@sandglass/queue';
import type {SharedRunStore} from '@sandglass/store';
import type {FastifyBaseLogger, FastifyInstance} from 'fastify';
import {concurrencyOf} from '../../concurrency.ts';
import type {Config} from '../../config/config-schema.ts';
import {systemIProtocol} from '../../doors/system-i/protocol.ts';
import {listenOn} from '../../http/listen-on.ts';
import {OpenAnswers} from '../../http/open-answers.ts';
import {LiveDoor} from '../../live/live-door.ts';
import {liveProtocol} from '../../live/live-protocol.ts';
import type {LiveSessionParts} from '../../live/live-session.ts';
import {logRun} from '../../log-runs.ts';
import {Metrics} from '../../metrics/metrics.ts';
import {requestPolicy} from '../../request-policy.ts';
import {Dispatcher} from '../../runs/dispatcher.ts';
import {LiveRuns} from '../../runs/live-runs.ts';
import {newId} from '../../runs/run-id.ts';
import type {RunObserver} from '../../runs/run-observer.ts';
import type {RunTraces} from '../../tracing/run-traces.ts';
import {describeAbilities} from '../abilities.ts';
import {AttendedRuns} from './attended-runs.ts';
import {callerFromApi, rulesOfCaller} from './callers.ts';
import {ClaimingQueue} from './claiming-queue.ts';
import {FencedStore} from './fenced-store.ts';
import {LeaseKeeper} from './lease-keeper.ts';
import {createWorkerDoor} from './worker-door.ts';
import {WorkerReports} from './worker-reports.ts';

/** What a worker is made of. The caller owns these and disposes them after the worker has stopped. */
export interface WorkerServerParts {
  readonly engine: Engine;
  readonly store: SharedRunStore;
  readonly turns: TurnQueue;
  readonly config: Config;
  readonly logger: FastifyBaseLogger;
  /** Null, the default, when no traces are exported. */
  readonly traces?: RunTraces | null;
}

/** Executes runs that API processes have accepted, and reports itself to them. */
export class WorkerServer implements AsyncDisposable {
  readonly id: string;
  readonly #parts: WorkerServerParts;
  readonly #keeper: LeaseKeeper;
  readonly #dispatcher: Dispatcher;
  readonly #reports: WorkerReports;
  readonly #metrics: Metrics;
  readonly #app: FastifyInstance;
  readonly #answers: OpenAnswers;
  readonly #liveDoor: LiveDoor;
  readonly #stopListening: () => void;
  #isStopping = false;
  #stopped: Promise<void> | null = null;

  private constructor(parts: WorkerServerParts) {
    const {engine, store, turns, config, logger, traces = null} = parts;
    this.#parts = parts;
    this.id = `${hostname()}-${process.pid}-${newId(Date.now())}`;
    const {leaseMs, secret} = config.cluster;
    const lives = new LiveRuns(config.queueBytes);
    const onFault = (err: unknown): void => logger.error({err}, 'leases could not be renewed');
    this.#keeper = new LeaseKeeper({store, worker: this.id, leaseMs, onFault});
    const queue = new ClaimingQueue({
      turns,
      store,
      keeper: this.#keeper,
      lives,
      worker: this.id,
      leaseMs,
      onFault,
    });
    const fenced = new FencedStore(store, this.#keeper);
    this.#dispatcher = new Dispatcher({
      engine,
      store: fenced,
      queue,
      observer: this.#observer(),
      lives,
      traces,
    });
    this.#metrics = new Metrics({
      role: 'worker',
      queueDepth: null,
      poolStats: () => engine.poolStats,
      running: () => this.#dispatcher.running,
    });
    this.#app = createWorkerDoor({
      lives,
      metrics: this.#metrics,
      secret,
      logger,
      checkReady: () => this.#checkReady(),
    });
    this.#answers = new OpenAnswers(this.#app);
    const attended = new AttendedRuns({
      engine,
      store,
      keeper: this.#keeper,
      lives,
      worker: this.id,
      config,
      watch: {traces, onAccepted: (durationMs) => this.#metrics.stageTimed('accept', durationMs)},
    });
    const policy = requestPolicy(config);
    const live: LiveSessionParts = {
      accept: (spec, options) => attended.accept(spec, options),
      dispatcher: this.#dispatcher,
      rules: rulesOfCaller(policy, config),
      idleTimeoutMs: config.live.idleTimeoutMs,
      onFault: (err) => logger.error({err}, 'a live session failed'),
    };
    this.#liveDoor = new LiveDoor(this.#app.server, {
      maxSessions: config.live.maxSessions,
      admit: callerFromApi(secret),
      protocols: [liveProtocol(live), ...(config.doors.includes('system-i') ? [systemIProtocol(live)] : [])],
    });
    this.#stopListening = store.onChange((news) => {
      if (news.kind === 'cancel-wanted') this.#keeper.cancel(news.runId);
      if (news.kind === 'reconnected') void this.#keeper.renewNow();
    });
    this.#reports = new WorkerReports({
      store,
      report: () => ({
        id: this.id,
        url: config.cluster.url === '' ? this.url : config.cluster.url,
        slots: concurrencyOf(config),
        running: this.#dispatcher.running,
        isDraining: this.#isStopping,
        abilities: describeAbilities(engine),
      }),
      everyMs: leaseMs / 3,
      onFault: (err) => logger.error({err}, 'the worker could not report itself'),
    });
  }

  /** Throws `configuration-invalid` when the address cannot be used, `not-ready` when the engine can run nothing, and `store-failed`. */
  static async start(parts: WorkerServerParts): Promise<WorkerServer> {
    const worker = new WorkerServer(parts);
    try {
      await worker.#start();
    } catch (error) {
      await worker.stop(AbortSignal.abort());
      throw error;
    }
    return worker;
  }

  /** Where API processes reach it. */
  get url(): string {
    const {address, port, family} = this.#app.server.address() as AddressInfo; // A listening TCP server has one.
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Takes nothing more, lets running programs end for the configured grace, gives back the rest and closes. Idempotent. */
  stop(hurry: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(hurry);
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(AbortSignal.abort());
  }

  async #start(): Promise<void> {
    const {config} = this.#parts;
    refuseUselessEngine(this.#parts.engine);
    await listenOn(this.#app, config.cluster);
    await this.#reports.start();
    this.#keeper.start();
    this.#dispatcher.start(concurrencyOf(config));
  }

  async #stop(hurry: AbortSignal): Promise<void> {
    this.#isStopping = true;
    await this.#reports.reportNow();
    await this.#dispatcher.stop(this.#parts.config.shutdownGraceMs, hurry);
    await this.#liveDoor.close();
    await this.#keeper.stop();
    this.#stopListening();
    await this.#reports.stop();
    await this.#answers.close();
    this.#metrics[Symbol.dispose]();
  }

  async #checkReady(): Promise<object> {
    if (this.#isStopping) throw notReady('it is stopping');
    const pool = this.#parts.engine.poolStats;
    if (pool.ready + pool.creating + pool.inUse === 0 && pool.target > 0)
      throw notReady('its pool has no sandbox and makes none');
    await this.#parts.store.check();
    await this.#parts.turns.waiting();
    return {status: 'ready', role: 'worker', running: this.#dispatcher.running, pool};
  }

  #observer(): RunObserver {
    const {logger} = this.#parts;
    return {
      finished: (run) => {
        this.#metrics.runFinished(run);
        logRun(logger, run);
      },
      faulted: (id, {attempt, error, willRetry}) => {
        this.#metrics.runFaulted(willRetry);
        logger.warn({id, attempt, willRetry, err: error}, 'attempt failed by a fault of the server');
      },
      timed: (stage, durationMs) => this.#metrics.stageTimed(stage, durationMs),
      takeFailed: (err) => logger.error({err}, 'no run could be taken'),
    };
  }
}

/** The engine has just probed every language in a sandbox; one that could run none of them must not take anybody's run. */
function refuseUselessEngine({languages}: Engine): void {
  if (languages.entries.some(({toolchains}) => toolchains.length > 0)) return;
  throw notReady('no language works here; see "sandglass doctor"');
}

function notReady(why: string): SandglassError {
  return new SandglassError('not-ready', `The worker cannot take runs: ${why}.`);
}
