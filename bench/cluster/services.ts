import {PostgresService} from '../../tests/services/postgres-service.ts';
import {RabbitMqService} from '../../tests/services/rabbitmq-service.ts';
import {RedisService} from '../../tests/services/redis-service.ts';
import type {Combination} from './combination.ts';

/** A server that runs already. */
export interface RunningService {
  readonly url: string;
  readonly pid: number;
}

/** The database and the broker of an installation. */
export interface ClusterServices {
  readonly database: RunningService;
  readonly broker: RunningService;
}

/**
 * Real servers of the bench's own, started when they are first wanted and ended with it. The database waits for the disk, as it does where it
 * matters: an accepted run is durable.
 */
export class BenchServices implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  #postgres: PostgresService | null = null;

  /** A new database, and the broker of that kind. */
  async start({kind}: Exclude<Combination, {kind: 'embedded'}>): Promise<ClusterServices> {
    this.#postgres ??= this.#resources.use(await PostgresService.start({isDurable: true}));
    const database = {url: await this.#postgres.createDatabase(), pid: this.#postgres.pid};
    const broker = this.#resources.use(
      kind === 'redis' ? await RedisService.start() : await RabbitMqService.start(),
    );
    return {database, broker};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
