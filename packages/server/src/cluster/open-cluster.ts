import {SandglassError} from '@sandglass/protocol';
import {BullMqTurnQueue, EmbeddedTurnQueue, RabbitMqTurnQueue, type TurnQueue} from '@sandglass/queue';
import {PostgresRunStore} from '@sandglass/store';
import {concurrencyOf} from '../concurrency.ts';
import type {Config} from '../config/config-schema.ts';
import {MIN_SECRET_CHARACTERS} from './secret.ts';

/** What the processes of one installation share. */
export interface Cluster {
  readonly store: PostgresRunStore;
  readonly turns: TurnQueue;
}

/** Whether runs are kept where several processes can share them. */
export function isShared({store}: Config): boolean {
  return store.kind === 'postgres';
}

/** Throws `configuration-invalid` for settings that contradict each other: nothing weaker is started instead. */
export function checkClusterSettings(config: Config): void {
  const {role, store, queue, cluster, accounts} = config;
  if (store.kind === 'sqlite') {
    if (role !== 'all')
      throw invalid(`role is ${role}`, 'needs store.kind postgres, which processes can share');
    if (queue.kind !== 'embedded')
      throw invalid(`queue.kind is ${queue.kind}`, 'needs store.kind postgres: SQLite is for one process');
    return;
  }
  if (store.url === '') throw invalid('store.kind is postgres', 'needs store.url, the database');
  if (queue.kind === 'embedded' && role !== 'all')
    throw invalid(`role is ${role}`, 'needs queue.kind redis or rabbitmq: a broker between the processes');
  if (queue.kind !== 'embedded' && queue.url === '')
    throw invalid(`queue.kind is ${queue.kind}`, 'needs queue.url, the broker');
  if (cluster.secret.length < MIN_SECRET_CHARACTERS)
    throw invalid(
      'store.kind is postgres',
      `needs cluster.secret of at least ${MIN_SECRET_CHARACTERS} characters, the same for all processes: "openssl rand -hex 32" makes one`,
    );
  // Without one of their own, accounts are in the store's.
  const isOwn = accounts.database !== '';
  if (accounts.mode !== 'off' && isOwn && role !== 'worker' && !/^postgres(ql)?:\/\//.test(accounts.database))
    throw invalid(
      'store.kind is postgres',
      'needs accounts.database to be PostgreSQL as well: all API processes must know the same accounts',
    );
}

/** Opens what the processes share. `resources` closes it. Throws `store-failed`, `schema-too-new`, `queue-failed`. */
export async function openCluster(config: Config, resources: AsyncDisposableStack): Promise<Cluster> {
  const store = resources.use(await PostgresRunStore.open({url: config.store.url}));
  const turns = resources.use(await openTurns(config));
  return {store, turns};
}

async function openTurns(config: Config): Promise<TurnQueue> {
  const {kind, url, name, type: queueType} = config.queue;
  const slots = concurrencyOf(config);
  switch (kind) {
    case 'embedded':
      return new EmbeddedTurnQueue();
    case 'redis':
      return await BullMqTurnQueue.open({url, name, slots});
    case 'rabbitmq':
      return await RabbitMqTurnQueue.open({url, name, slots, queueType});
    default:
      return kind satisfies never;
  }
}

function invalid(given: string, rule: string): SandglassError {
  return new SandglassError('configuration-invalid', `Cannot start: ${given}, which ${rule}.`);
}
