/**
 * Compiled programs in Redis, shared by all workers that have the same secret. Three keys, in one hash slot so that a cluster keeps them
 * together:
 *
 *   {sandglass-compiled}:used     sorted set: record → when it was last of use
 *   {sandglass-compiled}:sizes    hash: record → bytes, and under "total" the sum
 *   {sandglass-compiled}:r:<key>  the sealed record
 *
 * Scripts keep the three in step; the oldest records go when the sum passes the bound. Redis may also drop records by itself.
 */
import {Redis} from 'ioredis';
import type {EngineLog} from '../engine-log.ts';
import {SecretSeal} from './secret-seal.ts';
import type {SharedStore} from './shared-store.ts';

const PREFIX = '{sandglass-compiled}';
/** A record larger than this takes longer to fetch than most compiles take. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
/** Records outlive a pause in their use by this; it also bounds what is left when nobody uses the store any more. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;
/** A run waits for an answer no longer than a small compile takes. */
const READ_TIMEOUT_MS = 300;
const COMMAND_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_PAUSE_MS = 5_000;

/** KEYS: used, sizes, record. ARGV: name, record, bytes, now in ms, bound in bytes, seconds to keep. */
const WRITE = `
redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[6])
redis.call('HINCRBY', KEYS[2], 'total', ARGV[3] - (redis.call('HGET', KEYS[2], ARGV[1]) or 0))
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
while tonumber(redis.call('HGET', KEYS[2], 'total')) > tonumber(ARGV[5]) do
  local oldest = redis.call('ZPOPMIN', KEYS[1])
  if #oldest == 0 then
    redis.call('DEL', KEYS[2])
    break
  end
  redis.call('DEL', '${PREFIX}:r:' .. oldest[1])
  redis.call('HINCRBY', KEYS[2], 'total', -(redis.call('HGET', KEYS[2], oldest[1]) or 0))
  redis.call('HDEL', KEYS[2], oldest[1])
end
for _, key in ipairs({KEYS[1], KEYS[2]}) do redis.call('EXPIRE', key, ARGV[6]) end
`;

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with user and password where the server asks for them. */
  readonly url: string;
  readonly secret: string;
  /** Bound of all records together, in bytes. */
  readonly maxBytes: number;
  readonly log: EngineLog;
}

export class RedisStore implements SharedStore {
  readonly #redis: Redis;
  readonly #seal: SecretSeal;
  readonly #options: RedisStoreOptions;
  #isReachable = true;

  /** Connects in the background; until then, and whenever the connection is lost, there is nothing in it. */
  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#seal = new SecretSeal(options.secret);
    this.#redis = new Redis(options.url, {
      connectionName: 'sandglass-compiled',
      // A question that has to wait for a connection is not worth asking.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (tries) => Math.min(tries * 200, MAX_RECONNECT_PAUSE_MS),
    });
    this.#redis.on('error', (error) => this.#unreachable(error));
    this.#redis.on('ready', () => {
      if (!this.#isReachable) options.log.info({}, 'The shared compile cache can be reached again.');
      this.#isReachable = true;
    });
  }

  async read(key: string): Promise<Buffer | null> {
    if (this.#redis.status !== 'ready') return null;
    try {
      const record = await withinReadTime(this.#redis.getBuffer(recordKey(key)));
      if (record === null) return null;
      const content = this.#seal.open(key, record);
      if (content === null) {
        this.#options.log.warn(
          {key},
          'A record of the shared compile cache was not written with our secret; it is ignored.',
        );
        return null;
      }
      // Only marks it as used; whether that works is of no account.
      this.#redis.zadd(`${PREFIX}:used`, 'XX', nowMs(), key).catch(() => undefined);
      return content;
    } catch (error) {
      this.#unreachable(error);
      return null;
    }
  }

  async write(key: string, content: readonly Uint8Array[]): Promise<void> {
    if (this.#redis.status !== 'ready') return;
    const record = this.#seal.seal(key, content);
    const {maxBytes} = this.#options;
    if (record.length > Math.min(MAX_RECORD_BYTES, maxBytes)) return;
    const keys = [`${PREFIX}:used`, `${PREFIX}:sizes`, recordKey(key)];
    try {
      await this.#redis.eval(WRITE, 3, ...keys, key, record, record.length, nowMs(), maxBytes, KEPT_SECONDS);
    } catch (error) {
      this.#unreachable(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }

  /** Said once for each time that it goes away. */
  #unreachable(error: unknown): void {
    if (!this.#isReachable) return;
    this.#isReachable = false;
    this.#options.log.warn(
      {error},
      'The shared compile cache does not answer; programs are compiled here meanwhile.',
    );
  }
}

/** With fractions: many records are used in the same millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function recordKey(key: string): string {
  return `${PREFIX}:r:${key}`;
}

async function withinReadTime(answer: Promise<Buffer | null>): Promise<Buffer | null> {
  const {promise, resolve} = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, READ_TIMEOUT_MS, null);
  // When the time is up first, a later failure concerns nobody here; the connection's own handlers see it.
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
