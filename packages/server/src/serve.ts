import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {createEngine, type Engine} from '@sandglass/engine';
import {SandglassError} from '@sandglass/protocol';
import {EmbeddedRunQueue} from '@sandglass/queue';
import {SqliteRunStore} from '@sandglass/store';
import type {Logger} from 'pino';
import {openAccess} from './access/open-access.ts';
import {announceReady} from './announce-ready.ts';
import {checkClusterSettings, isShared} from './cluster/open-cluster.ts';
import {serveCluster} from './cluster/serve-cluster.ts';
import type {Config} from './config/config-schema.ts';
import {engineOptions} from './engine-options.ts';
import {openLogger} from './open-logger.ts';
import {ownerWeights} from './owner-weights.ts';
import {refuseOpenAddress} from './refuse-open-address.ts';
import {RunningServer} from './running-server.ts';
import {StopSignals} from './stop-signals.ts';
import {openRunTraces} from './tracing/open-run-traces.ts';

/**
 * The server as a process, API and worker in one unless `role` says otherwise: starts, says where it listens, serves until SIGTERM or SIGINT, and stops in
 * order. A second signal stops it at once. Logs go to stderr, stdout has the one line that says it is ready.
 *
 * Throws whatever keeps it from starting: `configuration-invalid`, `isolation-unavailable`, `store-failed`, `schema-too-new`.
 */
export async function serve(config: Config): Promise<void> {
  checkClusterSettings(config);
  if (config.accounts.mode === 'off' && config.role !== 'worker') refuseOpenAddress(config.host);
  using signals = new StopSignals();
  await using resources = new AsyncDisposableStack();
  const logger = openLogger(config.logLevel);
  resources.defer(() => logger.flush());
  await makeDataDir(config.dataDir);
  if (isShared(config)) {
    const start = (): Promise<Engine | null> => startEngine(config, logger, signals);
    return await serveCluster({config, logger, signals, resources, startEngine: start});
  }
  // Whoever holds the database owns the data folder; everything else in it comes after.
  const store = resources.use(await SqliteRunStore.open({path: join(config.dataDir, 'sandglass.sqlite')}));
  const engine = await startEngine(config, logger, signals);
  if (engine === null) return;
  resources.use(engine);
  const queue = resources.use(
    new EmbeddedRunQueue({capacity: config.queueLimit, weightOf: ownerWeights(config)}),
  );
  const access = await openAccess(config, {resources, onFault: (err) => logger.error({err}, 'accounts')});
  const traces = await openRunTraces(config, logger);
  if (traces !== null) resources.use(traces);
  const server = resources.use(
    await RunningServer.start({engine, store, queue, config, access, traces, logger}),
  );
  logger.info({url: server.url, dataDir: config.dataDir}, 'ready');
  announceReady(server.url, process.stdout);
  const reason = await signals.first;
  logger.info({signal: reason}, 'stopping');
  await server.stop(signals.hurry);
  logger.info('stopped');
}

/** Null when a signal came first: probing languages takes a while, and nobody should have to wait for it to stop. */
async function startEngine(config: Config, logger: Logger, signals: StopSignals): Promise<Engine | null> {
  try {
    return await createEngine({...engineOptions(config, logger), signal: signals.asked});
  } catch (error) {
    if (signals.asked.aborted) return null;
    throw error;
  }
}

/** Only the server's user may look at what others run. */
async function makeDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, {recursive: true, mode: 0o700});
  } catch (error) {
    throw new SandglassError(
      'configuration-invalid',
      `Cannot create the data folder ${path}: ${error}. Choose another one with --data-dir or SANDGLASS_DATA_DIR.`,
      {cause: error},
    );
  }
}
