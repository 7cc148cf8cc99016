import {RedisLimitStore} from '@sandglass/accounts';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RedisService} from '../../../../tests/services/redis-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describeLimitStoreContract} from '../contract/limit-store-contract.ts';

describeWith(['redis-server'], 'Redis limit store', () => {
  let redis: RedisService;
  beforeAll(async () => {
    redis = await RedisService.start();
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
  });

  describeLimitStoreContract('Redis', () => RedisLimitStore.open(redis.url));

  test('holds a limit over two processes together', async () => {
    await using one = await RedisLimitStore.open(redis.url);
    await using other = await RedisLimitStore.open(redis.url);
    const claim = {key: 'shared', limit: 10, windowMs: 365 * 24 * 60 * 60 * 1000};
    const states = await Promise.all(
      Array.from({length: 40}, (_, index) => (index % 2 === 0 ? one : other).count(claim)),
    );
    expect(states.filter(({isWithin}) => isWithin)).toHaveLength(10);
  });
});

test('a Redis that is not there is told, and lets nothing through', async () => {
  await expect(RedisLimitStore.open('redis://127.0.0.1:1')).rejects.toMatchObject({code: 'store-failed'});
});
