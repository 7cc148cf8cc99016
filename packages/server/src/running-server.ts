import type {AddressInfo} from 'node:net';
import type {Engine} from '@sandglass/engine';
import type {RunQueue} from '@sandglass/queue';
import {LateRunStore, type RunStore} from '@sandglass/store';
import type {FastifyBaseLogger, FastifyInstance} from 'fastify';
import type {AccessControl} from './access/access-control.ts';
import {admitSocket} from './access/admit-socket.ts';
import {CallbackWorker} from './callbacks/callback-worker.ts';
import {concurrencyOf} from './concurrency.ts';
import type {Config} from './config/config-schema.ts';
import {createServer} from './create-server.ts';
import type {JobDoor} from './doors/amqp/job-door.ts';
import {openJobDoors} from './doors/amqp/open-job-doors.ts';
import {systemIProtocol} from './doors/system-i/protocol.ts';
import {listenOn} from './http/listen-on.ts';
import {OpenAnswers} from './http/open-answers.ts';
import {acceptAttended} from './live/accept-attended.ts';
import {LiveDoor} from './live/live-door.ts';
import {liveProtocol} from './live/live-protocol.ts';
import type {LiveSessionParts} from './live/live-session.ts';
import {logDelivery, logRun} from './log-runs.ts';
import {Metrics} from './metrics/metrics.ts';
import {refuseOpenAddress} from './refuse-open-address.ts';
import {requestPolicy} from './request-policy.ts';
import {Retention} from './retention.ts';
import {rulesFor} from './routes/run-body.ts';
import {Dispatcher} from './runs/dispatcher.ts';
import {LiveRuns} from './runs/live-runs.ts';
import type {RunObserver} from './runs/run-observer.ts';
import {RunService} from './runs/run-service.ts';
import type {RunTraces} from './tracing/run-traces.ts';

/** What a server is made of. The caller owns these and disposes them after the server has stopped. */
export interface RunningServerParts {
  readonly engine: Engine;
  readonly store: RunStore;
  readonly queue: RunQueue;
  readonly config: Config;
  /** Null on a server without accounts. */
  readonly access?: AccessControl | null;
  /** Null, the default, when no traces are exported. */
  readonly traces?: RunTraces | null;
  readonly logger: FastifyBaseLogger;
}

/**
 * A server that listens and executes: takes up what was unfinished, then serves until stopped.
 * Nothing is accepted before recovery is complete, so recovered runs are ahead of new ones.
 */
export class RunningServer implements AsyncDisposable {
  readonly #app: FastifyInstance;
  readonly #answers: OpenAnswers;
  readonly #liveDoor: LiveDoor;
  readonly #runs: RunService;
  readonly #dispatcher: Dispatcher;
  readonly #callbacks: CallbackWorker;
  readonly #retention: Retention;
  readonly #metrics: Metrics;
  readonly #parts: RunningServerParts;
  #jobDoor: JobDoor | null = null;
  #stopped: Promise<void> | null = null;

  private constructor(parts: RunningServerParts) {
    this.#parts = parts;
    const {engine, queue, config, logger, access = null, traces = null} = parts;
    const store = new LateRunStore(parts.store);
    const lives = new LiveRuns(config.queueBytes);
    this.#metrics = new Metrics({
      role: 'all',
      queueDepth: () => queue.depth,
      poolStats: () => engine.poolStats,
      running: () => this.#dispatcher.running,
    });
    this.#callbacks = new CallbackWorker({
      store,
      settings: config.callback,
      onDelivery: (report) => {
        this.#metrics.callbackTried(report.isDelivered);
        logDelivery(logger, report);
      },
      onFault: (err) => logger.error({err}, 'callbacks could not be read or recorded'),
    });
    this.#retention = new Retention({
      store,
      retentionSeconds: config.retentionSeconds,
      onDeleted: (runs) => logger.info({runs}, 'deleted finished runs whose retention ended'),
      onFault: (err) => logger.error({err}, 'finished runs could not be deleted'),
    });
    const observer = this.#observer();
    this.#runs = new RunService({engine, store, queue, observer, lives, traces});
    this.#dispatcher = new Dispatcher({engine, store, queue, observer, lives, traces});
    const policy = requestPolicy(config);
    this.#app = createServer({
      runs: this.#runs,
      engine,
      store,
      queue,
      config,
      policy,
      access,
      metrics: this.#metrics,
      traces,
      logger,
    });
    this.#answers = new OpenAnswers(this.#app);
    const live: LiveSessionParts = {
      accept: acceptAttended(this.#runs, access),
      dispatcher: this.#dispatcher,
      rules: rulesFor({policy, config, access}),
      idleTimeoutMs: config.live.idleTimeoutMs,
      onFault: (err) => logger.error({err}, 'a live session failed'),
    };
    this.#liveDoor = new LiveDoor(this.#app.server, {
      maxSessions: config.live.maxSessions,
      admit: admitSocket(access),
      protocols: [liveProtocol(live), ...(config.doors.includes('system-i') ? [systemIProtocol(live)] : [])],
    });
  }

  /** Throws `configuration-invalid` when the address cannot be used, and whatever the store has against recovery. */
  static async start(parts: RunningServerParts): Promise<RunningServer> {
    if (parts.access == null) refuseOpenAddress(parts.config.host);
    const server = new RunningServer(parts);
    try {
      await server.#start();
    } catch (error) {
      await server.stop(AbortSignal.abort());
      throw error;
    }
    return server;
  }

  /** Where it listens, such as `http://127.0.0.1:4400`. */
  get url(): string {
    const {address, port, family} = this.#app.server.address() as AddressInfo; // A listening TCP server has one.
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * Refuses new runs, lets running ones end for the configured grace (or until `hurry` aborts), answers everybody who waits and
   * closes. What did not end is taken up after the next start. Idempotent.
   */
  stop(hurry: AbortSignal): Promise<void> {
    this.#stopped ??= this.#stop(hurry);
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(AbortSignal.abort());
  }

  async #start(): Promise<void> {
    const {config, logger} = this.#parts;
    const recovered = await this.#runs.recover();
    if (recovered > 0) logger.info({runs: recovered}, 'took up unfinished runs');
    this.#dispatcher.start(concurrencyOf(config));
    this.#callbacks.wake();
    this.#retention.start();
    this.#jobDoor = await openJobDoors(config, {runs: this.#runs, store: this.#parts.store, logger});
    await listenOn(this.#app, config);
  }

  async #stop(hurry: AbortSignal): Promise<void> {
    this.#runs.stopAccepting();
    await this.#jobDoor?.[Symbol.asyncDispose]();
    await this.#dispatcher.stop(this.#parts.config.shutdownGraceMs, hurry);
    this.#runs.abandonAll();
    await Promise.all([this.#callbacks.stop(), this.#retention.stop()]);
    await this.#liveDoor.close();
    await this.#answers.close();
    this.#metrics[Symbol.dispose]();
  }

  #observer(): RunObserver {
    const {logger} = this.#parts;
    return {
      finished: (run, {hasCallback}) => {
        this.#metrics.runFinished(run);
        logRun(logger, run);
        if (hasCallback) this.#callbacks.wake();
      },
      faulted: (id, {attempt, error, willRetry}) => {
        this.#metrics.runFaulted(willRetry);
        logger.warn({id, attempt, willRetry, err: error}, 'attempt failed by a fault of the server');
      },
      timed: (stage, durationMs) => this.#metrics.stageTimed(stage, durationMs),
      takeFailed: (err) => logger.error({err}, 'the queue could not be asked for a run'),
    };
  }
}
