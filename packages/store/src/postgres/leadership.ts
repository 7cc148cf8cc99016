import type pg from 'pg';

/** Any number that nothing else on the database uses for advisory locks: "sandglas" read as one. */
const LOCK_KEY = '8314047764613587315';

/**
 * One process of all keeps house: PostgreSQL's advisory lock says which (manual, section 13.3.5). The lock belongs to a connection, so it is
 * free as soon as its process or its connection dies, and nobody else can believe to have it at the same time for longer than
 * the server needs to notice.
 */
export class Leadership implements AsyncDisposable {
  readonly #pool: pg.Pool;
  #client: pg.PoolClient | null = null;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** True while the lock is held; tries to get it otherwise. Throws what connecting throws. */
  async lead(): Promise<boolean> {
    if (this.#client !== null) return await this.#isAlive(this.#client);
    const client = await this.#pool.connect();
    const lose = (): void => this.#lose(client);
    client.on('error', lose);
    client.on('end', lose);
    try {
      const {rows} = await client.query<{held: boolean}>(`select pg_try_advisory_lock(${LOCK_KEY}) as held`);
      if (rows[0]?.held === true) {
        this.#client = client;
        return true;
      }
      client.off('error', lose);
      client.off('end', lose);
      client.release();
      return false;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client;
    this.#client = null;
    client?.release(true);
  }

  async #isAlive(client: pg.PoolClient): Promise<boolean> {
    try {
      await client.query('select 1');
      return this.#client === client;
    } catch {
      this.#lose(client);
      return false;
    }
  }

  #lose(client: pg.PoolClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.release(true);
  }
}
