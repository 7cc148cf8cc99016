import type {PostgresPool, PostgresPoolClient, PostgresQueryResult} from 'kysely';
import pg from 'pg';

/** Of this process. Statements beyond it are parsed each time: texts differ by filters and by the size of batches. */
const MAX_PREPARED = 128;
/** Batches insert many rows by one long statement of their own; keeping it would cost more than parsing it. */
const MAX_TEXT_CHARACTERS = 4_000;
/** "cached plan must not change result type": a later version has changed a table. Its SQLSTATE is feature_not_supported. */
const CHANGED_RESULT = '0A000';

/**
 * A pool as Kysely wants it, whose connections parse and plan a statement once (PostgreSQL manual, PREPARE): planning what a run needs took
 * longer than executing it. The pool behind it is its owner's, and ended through this one.
 */
export class PreparedPool implements PostgresPool {
  readonly options: object;
  readonly #pool: pg.Pool;
  readonly #names = new Map<string, string>();
  readonly #unnamed = new Set<string>();
  readonly #clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    this.options = pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const known = this.#clients.get(client) ?? this.#wrap(client);
    this.#clients.set(client, known);
    return known;
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }

  #wrap(client: pg.PoolClient): PostgresPoolClient {
    const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
      const name = this.#nameOf(text, values);
      if (name === null) return await client.query(text, [...values]);
      try {
        return await client.query({name, text, values: [...values]});
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || error.code !== CHANGED_RESULT) throw error;
        this.#unnamed.add(text);
        // Nothing was executed. Inside a transaction this fails as well, and whoever began that one begins again.
        return await client.query(text, [...values]);
      }
    };
    return {
      // Kysely calls it with text and values only: cursors take a dialect that has them.
      query: query as PostgresPoolClient['query'] & (() => Promise<PostgresQueryResult<never>>),
      release: (destroy) => client.release(destroy),
    };
  }

  /** Null for a statement that is not kept. */
  #nameOf(text: string, values: readonly unknown[]): string | null {
    const known = this.#names.get(text);
    if (known !== undefined) return this.#unnamed.has(text) ? null : known;
    // Without values it is a `begin` or a `commit`, or the schema that changes.
    if (values.length === 0 || text.length > MAX_TEXT_CHARACTERS || this.#names.size >= MAX_PREPARED)
      return null;
    const name = `sandglass_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
