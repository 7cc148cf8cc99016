import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createEngine, type Engine, type EngineOptions} from '@sandglass/engine';
import {EmbeddedRunQueue} from '@sandglass/queue';
import {SqliteRunStore} from '@sandglass/store';
import {pino} from 'pino';
import {openAccess} from '../../src/access/open-access.ts';
import {loadConfig} from '../../src/config/load-config.ts';
import {RunningServer} from '../../src/running-server.ts';

/** The real engine, and servers over it: it takes seconds to start, so the tests of a file share it. */
export class ServedEngine implements AsyncDisposable {
  readonly engine: Engine;
  readonly #dataDir: string;

  private constructor(engine: Engine, dataDir: string) {
    this.engine = engine;
    this.#dataDir = dataDir;
  }

  /**
   * Probing every language takes long: a test that needs a few names them.
   *
   * @param options beside the data folder, which `prepare` may fill before the engine looks into it.
   */
  static async start(
    languages?: readonly string[],
    options: Omit<EngineOptions, 'dataDir' | 'languages'> = {},
    prepare: (dataDir: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<ServedEngine> {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-served-'));
    await prepare(dataDir);
    return new ServedEngine(
      await createEngine({...options, dataDir, ...(languages === undefined ? {} : {languages})}),
      dataDir,
    );
  }

  /** A server on a free port with a store of its own. The caller disposes it. */
  async serve(flags: Readonly<Record<string, string>>): Promise<AsyncDisposable & {readonly url: string}> {
    await using resources = new AsyncDisposableStack();
    const {config} = await loadConfig({
      flags: {port: '0', 'data-dir': this.#dataDir, ...flags},
      env: {},
      cwd: this.#dataDir,
    });
    const store = resources.use(
      await SqliteRunStore.open({path: join(await mkdtemp(join(this.#dataDir, 'store-')), 'runs.sqlite')}),
    );
    const queue = resources.use(new EmbeddedRunQueue({capacity: config.queueLimit}));
    const logger = pino({level: 'silent'});
    const onFault = (error: unknown) => {
      throw error;
    };
    const access = await openAccess(config, {resources, onFault});
    const {url} = resources.use(
      await RunningServer.start({engine: this.engine, store, queue, config, access, logger}),
    );
    const owned = resources.move();
    return {url, [Symbol.asyncDispose]: () => owned.disposeAsync()};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    await rm(this.#dataDir, {recursive: true});
  }
}
