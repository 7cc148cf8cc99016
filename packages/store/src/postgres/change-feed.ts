import type pg from 'pg';
import type {QueryConfig} from 'pg';
import {CHANGES_CHANNEL, parseChange} from '../operations/announce.ts';
import type {ChangeNews} from '../shared/shared-run-store.ts';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** Who only listens sends nothing, and would not notice for hours that the network is cut. */
const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 10_000;

/**
 * Hears what other processes announce, over a connection of its own that is made again when it breaks. Announcements are not kept for who is
 * away, so each new connection is news in itself: listeners then look into the store.
 */
export class ChangeFeed implements AsyncDisposable {
  readonly #pool: pg.Pool;
  readonly #listeners = new Set<(news: ChangeNews) => void>();
  #client: pg.PoolClient | null = null;
  #timer: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #isClosed = false;
  #connecting: Promise<void> = Promise.resolve();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Resolves when it listens, so that nothing announced afterwards is missed. Throws what connecting throws. */
  async open(): Promise<void> {
    await this.#listen();
  }

  onChange(listener: (news: ChangeNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#connecting;
    clearInterval(this.#pings);
    this.#client?.release(true);
    this.#client = null;
  }

  async #listen(): Promise<void> {
    const client = await this.#pool.connect();
    if (this.#isClosed) {
      client.release();
      return;
    }
    const onEnd = (): void => {
      if (this.#client !== client) return;
      this.#client = null;
      clearInterval(this.#pings);
      client.release(true);
      this.#reconnectLater();
    };
    this.#client = client;
    client.on('error', onEnd);
    client.on('end', onEnd);
    client.on('notification', ({payload = ''}) => {
      const change = parseChange(payload);
      if (change !== null) this.#tell(change);
    });
    try {
      await client.query(`listen ${CHANGES_CHANNEL}`);
    } catch (error) {
      // Unless its end was seen already, by `onEnd`.
      if (this.#client === client) {
        this.#client = null;
        client.release(true);
      }
      throw error;
    }
    this.#pauseMs = FIRST_PAUSE_MS;
    // It may have broken while it began to listen.
    if (this.#client !== client) return;
    const ping: QueryConfig & {readonly query_timeout: number} = {
      text: 'select 1',
      query_timeout: PING_TIMEOUT_MS,
    };
    this.#pings = setInterval(() => client.query(ping).catch(onEnd), PING_EVERY_MS);
  }

  #reconnectLater(): void {
    if (this.#isClosed) return;
    // Asked for twice when a connection ends while it begins to listen.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#connecting = this.#listen().then(
        () => this.#tell({kind: 'reconnected'}),
        () => this.#reconnectLater(),
      );
    }, this.#pauseMs);
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2);
  }

  #tell(news: ChangeNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
