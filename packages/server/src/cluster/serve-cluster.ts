import type {Engine} from '@sandglass/engine';
import {RECIPES} from '@sandglass/languages';
import type {Logger} from 'pino';
import {openAccess} from '../access/open-access.ts';
import {announceReady} from '../announce-ready.ts';
import type {Config} from '../config/config-schema.ts';
import {refuseOpenAddress} from '../refuse-open-address.ts';
import type {StopSignals} from '../stop-signals.ts';
import {openRunTraces} from '../tracing/open-run-traces.ts';
import {ApiServer} from './api/api-server.ts';
import {openCluster} from './open-cluster.ts';
import {WorkerServer} from './worker/worker-server.ts';

export interface ServeClusterOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly signals: StopSignals;
  readonly resources: AsyncDisposableStack;
  /** Null when a signal came first. */
  readonly startEngine: () => Promise<Engine | null>;
}

/** An API process, a worker, or both in one, of an installation whose processes share their runs. Returns after a signal, when it has stopped. */
export async function serveCluster(options: ServeClusterOptions): Promise<void> {
  const {config, logger, signals, resources} = options;
  if (config.role !== 'worker' && config.accounts.mode === 'off') refuseOpenAddress(config.host);
  const {store, turns} = await openCluster(config, resources);
  const traces = await openRunTraces(config, logger);
  if (traces !== null) resources.use(traces);
  let worker: WorkerServer | null = null;
  let api: ApiServer | null = null;
  if (config.role !== 'api') {
    const engine = await options.startEngine();
    if (engine === null) return;
    resources.use(engine);
    worker = resources.use(await WorkerServer.start({engine, store, turns, config, traces, logger}));
  }
  if (config.role !== 'worker') {
    const access = await openAccess(config, {resources, onFault: (err) => logger.error({err}, 'accounts')});
    api = resources.use(
      await ApiServer.start({store, turns, config, access, traces, recipes: RECIPES, logger}),
    );
  }
  const url = api?.url ?? worker?.url ?? '';
  logger.info({url, role: config.role, worker: worker?.id ?? null}, 'ready');
  announceReady(url, process.stdout);
  const reason = await signals.first;
  logger.info({signal: reason}, 'stopping');
  // The worker first: whoever waits for its runs is still answered.
  await worker?.stop(signals.hurry);
  await api?.stop();
  logger.info('stopped');
}
