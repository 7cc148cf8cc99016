import type {AddressInfo} from 'node:net';
import type {LanguageRecipe} from '@sandglass/languages';
import type {TurnQueue} from '@sandglass/queue';
import type {SharedRunStore} from '@sandglass/store';
import type {FastifyBaseLogger, FastifyInstance} from 'fastify';
import type {AccessControl} from '../../access/access-control.ts';
import {admitSocket} from '../../access/admit-socket.ts';
import {CallbackWorker} from '../../callbacks/callback-worker.ts';
import type {Config} from '../../config/config-schema.ts';
import {createServer} from '../../create-server.ts';
import type {JobDoor} from '../../doors/amqp/job-door.ts';
import {openJobDoors} from '../../doors/amqp/open-job-doors.ts';
import {listenOn} from '../../http/listen-on.ts';
import {OpenAnswers} from '../../http/open-answers.ts';
import {logDelivery} from '../../log-runs.ts';
import {Metrics} from '../../metrics/metrics.ts';
import {networkPermission} from '../../network-permission.ts';
import {ownerWeights} from '../../owner-weights.ts';
import {refuseOpenAddress} from '../../refuse-open-address.ts';
import {requestPolicy} from '../../request-policy.ts';
import {Retention} from '../../retention.ts';
import type {RunTraces} from '../../tracing/run-traces.ts';
import {Backlog} from './backlog.ts';
import {HouseKeeper} from './house-keeper.ts';
import {LiveRelay} from './live-relay.ts';
import {RunNews} from './run-news.ts';
import {SessionPermits} from './session-permits.ts';
import {SharedRuns} from './shared-runs.ts';
import {WorkerDirectory} from './worker-directory.ts';

/** What an API process is made of. The caller owns these and disposes them after it has stopped. */
export interface ApiServerParts {
  readonly store: SharedRunStore;
  readonly turns: TurnQueue;
  readonly config: Config;
  /** Null on a server without accounts. */
  readonly access: AccessControl | null;
  /** Null, the default, when no traces are exported. */
  readonly traces?: RunTraces | null;
  readonly recipes: readonly LanguageRecipe[];
  readonly logger: FastifyBaseLogger;
}

/** Of leases: a worker that was silent for so many counts as gone. */
const LEASES_UNTIL_GONE = 2;

/** Accepts runs, answers for them and keeps house; executes nothing and needs no privilege. */
export class ApiServer implements AsyncDisposable {
  readonly #parts: ApiServerParts;
  readonly #app: FastifyInstance;
  readonly #answers: OpenAnswers;
  readonly #relay: LiveRelay;
  readonly #runs: SharedRuns;
  readonly #news: RunNews;
  readonly #backlog: Backlog;
  readonly #directory: WorkerDirectory;
  readonly #houseKeeper: HouseKeeper;
  readonly #callbacks: CallbackWorker;
  readonly #retention: Retention;
  readonly #metrics: Metrics;
  readonly #stopListening: () => void;
  #jobDoor: JobDoor | null = null;
  #stopped: Promise<void> | null = null;

  private constructor(parts: ApiServerParts) {
    this.#parts = parts;
    const {store, turns, config, access, recipes, logger, traces = null} = parts;
    const {leaseMs, secret} = config.cluster;
    const onFault = (what: string) => (err: unknown) => logger.error({err}, what);
    this.#news = new RunNews(store);
    this.#backlog = new Backlog({
      store,
      news: this.#news,
      limit: config.queueLimit,
      onFault: onFault('waiting runs could not be counted'),
    });
    this.#directory = new WorkerDirectory({
      store,
      maxAgeMs: leaseMs * LEASES_UNTIL_GONE,
      network: networkPermission(config),
      judgeLimits: config.limits,
      recipes,
      onFault: onFault('workers could not be looked up'),
    });
    this.#runs = new SharedRuns({
      store,
      turns,
      directory: this.#directory,
      backlog: this.#backlog,
      news: this.#news,
      secret,
      watchesAccepted: access !== null,
      weightOf: ownerWeights(config),
      watch: {traces, onAccepted: (durationMs) => this.#metrics.stageTimed('accept', durationMs)},
      onStored: (durationMs) => this.#metrics.stageTimed('store', durationMs),
      onFault: onFault('turns could not be offered; they are offered again'),
    });
    this.#metrics = new Metrics({
      role: 'api',
      queueDepth: () => this.#backlog.depth,
      poolStats: null,
      running: () => this.#directory.workers.reduce((sum, {running}) => sum + running, 0),
    });
    this.#houseKeeper = new HouseKeeper({
      store,
      turns,
      leaseMs,
      onLost: ({runId, attempt}, {willRetry}) => {
        this.#metrics.runFaulted(willRetry);
        logger.warn({id: runId, attempt, willRetry}, 'the worker of a run was lost');
      },
      onFault: onFault('the house could not be kept; it is tried again'),
    });
    this.#callbacks = new CallbackWorker({
      // One process delivers, or receivers would be told twice.
      store: {
        dueCallbacks: async (now, limit) =>
          this.#houseKeeper.leads ? await store.dueCallbacks(now, limit) : [],
        recordCallback: (runId, tries, nextDueAt) => store.recordCallback(runId, tries, nextDueAt),
        get: (runId, owner) => store.get(runId, owner),
      },
      settings: config.callback,
      onDelivery: (report) => {
        this.#metrics.callbackTried(report.isDelivered);
        logDelivery(logger, report);
      },
      onFault: onFault('callbacks could not be read or recorded'),
    });
    this.#stopListening = store.onChange(({kind}) => {
      if (kind === 'finished' && this.#houseKeeper.leads) this.#callbacks.wake();
    });
    this.#retention = new Retention({
      store: {
        deleteFinishedBefore: async (time) =>
          this.#houseKeeper.leads ? await store.deleteFinishedBefore(time) : 0,
      },
      retentionSeconds: config.retentionSeconds,
      onDeleted: (runs) => logger.info({runs}, 'deleted finished runs whose retention ended'),
      onFault: onFault('finished runs could not be deleted'),
    });
    this.#app = createServer({
      runs: this.#runs,
      engine: this.#directory,
      store,
      queue: this.#backlog,
      config,
      policy: requestPolicy(config),
      access,
      metrics: this.#metrics,
      traces,
      logger,
    });
    this.#answers = new OpenAnswers(this.#app);
    const permits = new SessionPermits({
      access,
      runs: this.#runs,
      onFault: onFault('a live session was not charged yet; it will be'),
    });
    this.#relay = new LiveRelay(this.#app.server, {
      admit: admitSocket(access),
      permit: (caller) => permits.open(caller),
      directory: this.#directory,
      secret,
      paths: ['/v1/live', ...(config.doors.includes('system-i') ? ['/run', '/ws'] : [])],
      maxSessions: config.live.maxSessions,
    });
  }

  /** Throws `configuration-invalid` when the address cannot be used, and `store-failed`. */
  static async start(parts: ApiServerParts): Promise<ApiServer> {
    if (parts.access === null) refuseOpenAddress(parts.config.host);
    const server = new ApiServer(parts);
    try {
      await server.#start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Where it listens, such as `http://127.0.0.1:4400`. */
  get url(): string {
    const {address, port, family} = this.#app.server.address() as AddressInfo; // A listening TCP server has one.
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Refuses new runs, answers everybody who waits and closes; runs go on elsewhere. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(): Promise<void> {
    await this.#directory.start();
    await this.#backlog.start();
    this.#houseKeeper.start();
    this.#callbacks.wake();
    this.#retention.start();
    const {config, logger} = this.#parts;
    this.#jobDoor = await openJobDoors(config, {runs: this.#runs, store: this.#parts.store, logger});
    await listenOn(this.#app, config);
  }

  async #stop(): Promise<void> {
    this.#runs.stopAccepting();
    await this.#jobDoor?.[Symbol.asyncDispose]();
    this.#runs.endWaits();
    this.#relay.close();
    this.#stopListening();
    await Promise.all([this.#callbacks.stop(), this.#retention.stop(), this.#houseKeeper.stop()]);
    await this.#answers.close();
    await Promise.all([this.#directory.stop(), this.#backlog.stop()]);
    this.#news[Symbol.dispose]();
    this.#metrics[Symbol.dispose]();
  }
}
