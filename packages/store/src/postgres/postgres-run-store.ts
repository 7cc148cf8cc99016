import {CommandRunStore} from '../command-run-store.ts';
import {PostgresClient} from './postgres-client.ts';

/** Enough for one writer, the claims of all slots and the readers beside them; the database's own bound is 100 by default. */
const MAX_CONNECTIONS = 8;

export interface PostgresRunStoreOptions {
  /** Connection URI, `postgresql://user:password@host:port/database`. */
  readonly url: string;
}

/**
 * Runs in a PostgreSQL database that any number of processes share.
 *
 * Owned by whoever opens it; disposing waits for what was called before.
 */
export class PostgresRunStore extends CommandRunStore {
  /** Brings the schema up to date first. Throws `store-failed` (unreachable, refused …) or `schema-too-new`. */
  static async open({url}: PostgresRunStoreOptions): Promise<PostgresRunStore> {
    return new PostgresRunStore(await PostgresClient.open({url, maxConnections: MAX_CONNECTIONS}));
  }
}
