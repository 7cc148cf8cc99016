import type {Run} from '@sandglass/protocol';
import {EmbeddedTurnQueue} from '@sandglass/queue';
import {PostgresRunStore} from '@sandglass/store';
import {pino} from 'pino';
import type {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {ApiServer} from '../../src/cluster/api/api-server.ts';
import {WorkerServer} from '../../src/cluster/worker/worker-server.ts';
import {loadConfig} from '../../src/config/load-config.ts';
import {type Script, ScriptedEngine} from '../support/scripted-engine.ts';

const SECRET = 'a-secret-of-the-tests-that-is-long-enough';

export interface TestClusterOptions {
  readonly scripts?: Readonly<Record<string, Script>>;
  /** Flags without dashes, for every process. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly workers?: number;
}

/** API processes and workers over one real database, each with its own connections, in one process over scripted engines. */
export class TestCluster implements AsyncDisposable {
  readonly apis: readonly ApiServer[];
  readonly workers: WorkerServer[];
  readonly engines: readonly ScriptedEngine[];
  readonly store: PostgresRunStore;
  /** One more, over an engine of the test's. */
  readonly startWorker: (engine: ScriptedEngine) => Promise<WorkerServer>;
  readonly #resources: AsyncDisposableStack;

  private constructor(parts: {
    apis: readonly ApiServer[];
    workers: WorkerServer[];
    engines: readonly ScriptedEngine[];
    store: PostgresRunStore;
    startWorker: (engine: ScriptedEngine) => Promise<WorkerServer>;
    resources: AsyncDisposableStack;
  }) {
    this.apis = parts.apis;
    this.workers = parts.workers;
    this.engines = parts.engines;
    this.store = parts.store;
    this.startWorker = parts.startWorker;
    this.#resources = parts.resources;
  }

  static async start(postgres: PostgresService, options: TestClusterOptions = {}): Promise<TestCluster> {
    const {scripts, flags = {}, workers: count = 2} = options;
    await using resources = new AsyncDisposableStack();
    const url = await postgres.createDatabase();
    const {config} = await loadConfig({
      flags: {
        port: '0',
        'data-dir': '/nonexistent',
        'store-kind': 'postgres',
        'store-url': url,
        'cluster-secret': SECRET,
        concurrency: '4',
        ...flags,
      },
      env: {},
      cwd: '/',
    });
    const logger = pino({level: process.env.SANDGLASS_TEST_LOG ?? 'silent'});
    const turns = resources.use(new EmbeddedTurnQueue());
    // Owned by whoever owns the cluster, also what is opened later.
    const opened = resources.use(new AsyncDisposableStack());
    const openStore = async (): Promise<PostgresRunStore> => opened.use(await PostgresRunStore.open({url}));
    const engines: ScriptedEngine[] = [];
    const workers: WorkerServer[] = [];
    const startWorker = async (engine: ScriptedEngine): Promise<WorkerServer> =>
      opened.use(await WorkerServer.start({engine, store: await openStore(), turns, config, logger}));
    while (workers.length < count) {
      const engine = new ScriptedEngine(scripts);
      engines.push(engine);
      workers.push(await startWorker(engine));
    }
    const recipes = new ScriptedEngine().languages.entries.map(({recipe}) => recipe);
    const apis: ApiServer[] = [];
    while (apis.length < 2)
      apis.push(
        resources.use(
          await ApiServer.start({store: await openStore(), turns, config, access: null, recipes, logger}),
        ),
      );
    const store = await openStore();
    const owned = resources.move();
    return new TestCluster({apis, workers, engines, store, startWorker, resources: owned});
  }

  /** At one of the two API processes. */
  async fetch(api: 0 | 1, path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`${this.apis[api]?.url}${path}`, init);
  }

  async post(api: 0 | 1, path: string, body: unknown): Promise<Response> {
    const headers = {'content-type': 'application/json'};
    return await this.fetch(api, path, {method: 'POST', headers, body: JSON.stringify(body)});
  }

  /** Submits a script by name at the first API process. */
  async submit(code: string, query = '', fields: Readonly<Record<string, unknown>> = {}): Promise<Run> {
    // The server's own answer to a valid request is a run.
    return (await (
      await this.post(0, `/v1/runs${query}`, {language: 'script', code, ...fields})
    ).json()) as Run;
  }

  async get(api: 0 | 1, id: string, query = ''): Promise<Run> {
    return (await (await this.fetch(api, `/v1/runs/${id}${query}`)).json()) as Run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
