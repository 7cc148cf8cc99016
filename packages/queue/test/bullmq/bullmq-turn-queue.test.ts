import {BullMqTurnQueue} from '@sandglass/queue';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {RedisService} from '../../../../tests/services/redis-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describePartitionContract} from '../contract/partition-contract.ts';
import {
  describeBrokerLossContract,
  describeSharedTurnQueueContract,
  describeTurnQueueContract,
} from '../contract/turn-queue-contract.ts';

describeWith(['redis-server'], 'BullMQ turn queue', () => {
  let redis: RedisService;
  let homes = 0;
  beforeAll(async () => {
    redis = await RedisService.start();
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
  });

  const makeHome = async () => {
    const name = `turns-${homes++}`;
    return {
      open: ({slots}: {readonly slots: number}) => BullMqTurnQueue.open({url: redis.url, name, slots}),
      kill: () => redis.kill(),
      restart: () => redis.restart(),
    };
  };
  describeTurnQueueContract('BullMQ', makeHome);
  describeSharedTurnQueueContract('BullMQ', makeHome);
  describeBrokerLossContract('BullMQ', makeHome);
  describePartitionContract('BullMQ', async () => {
    const name = `turns-${homes++}`;
    return {url: redis.url, open: (options) => BullMqTurnQueue.open({...options, name})};
  });

  test('a Redis that is not there is told', async () => {
    const opening = BullMqTurnQueue.open({url: 'redis://127.0.0.1:9', name: 'turns', slots: 1});
    await expect(opening).rejects.toMatchObject({code: 'queue-failed'});
  });
});
