import {SandglassError} from '@sandglass/protocol';
import {Redis} from 'ioredis';
import type {LimitStore, RateClaim, RateState} from './limit-store.ts';

const PREFIX = 'sandglass:limits:';
/** A request waits for no longer than this; then it is refused, because a limit that is not looked at is none. */
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * KEYS[1] counter; ARGV[1] window in milliseconds. The counter of a window goes with it.
 * Returns the count.
 */
const COUNT = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** Limits that several processes count together. Throws `store-failed` while Redis cannot be reached: nothing is let through uncounted. */
export class RedisLimitStore implements LimitStore {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Throws `store-failed`. */
  static async open(url: string): Promise<RedisLimitStore> {
    const redis = new Redis(url, {
      lazyConnect: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
    });
    // Each command tells of a broken connection itself; it is mended in the background.
    redis.on('error', () => undefined);
    const store = new RedisLimitStore(redis);
    try {
      await redis.connect();
    } catch (error) {
      redis.disconnect();
      throw failed(error);
    }
    return store;
  }

  async count({key, limit, windowMs}: RateClaim): Promise<RateState> {
    const now = Date.now();
    const number = Math.floor(now / windowMs);
    const count = Number(await this.#eval(COUNT, [`${PREFIX}${windowMs}:${number}:${key}`], [windowMs]));
    return {
      isWithin: count <= limit,
      remaining: Math.max(0, limit - count),
      resetMs: (number + 1) * windowMs - now,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }

  async #eval(
    script: string,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#redis.eval(script, keys.length, ...keys, ...values);
    } catch (error) {
      throw failed(error);
    }
  }
}

function failed(cause: unknown): SandglassError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SandglassError(
    'store-failed',
    `Cannot count limits in Redis: ${reason}. Nothing is let through uncounted; start Redis, or correct queue.url.`,
    {cause, retryAfterSeconds: 5},
  );
}
