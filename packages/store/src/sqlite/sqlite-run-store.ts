import {CommandRunStore} from '../command-run-store.ts';
import {DatabaseClient} from './database-client.ts';

export interface SqliteRunStoreOptions {
  /** The database file. It and its folder are created when missing; one process at a time can have it open. */
  readonly path: string;
}

/**
 * Runs in one SQLite file, written by a thread of its own with group commit.
 *
 * Owned by whoever opens it; disposing writes everything out and frees the file for the next process.
 */
export class SqliteRunStore extends CommandRunStore {
  /** Throws `store-failed` (locked by another process, damaged, not writable …) or `schema-too-new`. */
  static async open({path}: SqliteRunStoreOptions): Promise<SqliteRunStore> {
    return new SqliteRunStore(await DatabaseClient.open(path));
  }
}
