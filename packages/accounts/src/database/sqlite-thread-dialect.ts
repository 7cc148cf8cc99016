import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type {SqliteThread} from './sqlite-thread-client.ts';

/** Kysely over SQLite in a thread of its own. One connection; whoever has it, has it alone until it is given back. */
export class SqliteThreadDialect implements Dialect {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#thread);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }

  // Kysely's own contract names the type of rows `any`; introspection looks at none.
  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}

/** SQLite can roll a change of the schema back; our migrations use no pragma that could not be. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #connection: DatabaseConnection;
  #lastHolder: Promise<void> = Promise.resolve();
  #release: (() => void) | null = null;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
    this.#connection = {
      executeQuery: async <Row>({sql, parameters}: CompiledQuery): Promise<QueryResult<Row>> => {
        const {rows, changes} = await thread.execute(sql, parameters);
        // Kysely's types describe what the query selects.
        return {rows: rows as Row[], numAffectedRows: BigInt(changes)};
      },
      streamQuery() {
        throw new Error('Cannot stream rows from the accounts database: read pages instead.');
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#lastHolder;
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#lastHolder = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release?.();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // Taking the write lock at once: two processes that read first would block each other for good.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }

  async destroy(): Promise<void> {
    await this.#thread.close();
  }
}
