import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {BullMqTurnQueue} from '@sandglass/queue';
import {Redis} from 'ioredis';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {RedisService} from '../../../../tests/services/redis-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describePartitionContract} from '../contract/partition-contract.ts';
import {
  describeBrokerLossContract,
  describeSharedTurnQueueContract,
  describeTurnQueueContract,
} from '../contract/turn-queue-contract.ts';

const CLOSE_WHEN_TOLD = new URL('children/close-when-told.ts', import.meta.url).pathname;

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

  test('a process that closes its queue while Redis is away ends', async () => {
    await using own = await RedisService.start();
    const child = spawn(process.execPath, [CLOSE_WHEN_TOLD, own.url], {stdio: ['pipe', 'pipe', 'ignore']});
    try {
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      // Its worker has connected as well, and waits for a turn.
      await vi.waitUntil(async () => (await connectionsOf(own.url)) >= 4, {timeout: 20_000});
      await own.kill();
      child.stdin.end();
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('a Redis that is not there is told', async () => {
    const opening = BullMqTurnQueue.open({url: 'redis://127.0.0.1:9', name: 'turns', slots: 1});
    await expect(opening).rejects.toMatchObject({code: 'queue-failed'});
  });
});

/** Of everybody, this question's included. */
async function connectionsOf(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    return String(await redis.client('LIST'))
      .trim()
      .split('\n').length;
  } finally {
    redis.disconnect();
  }
}
