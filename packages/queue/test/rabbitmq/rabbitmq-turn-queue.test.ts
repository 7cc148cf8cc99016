import {RabbitMqTurnQueue} from '@sandglass/queue';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {RabbitMqService} from '../../../../tests/services/rabbitmq-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describePartitionContract} from '../contract/partition-contract.ts';
import {
  describeBrokerLossContract,
  describeSharedTurnQueueContract,
  describeTurnQueueContract,
} from '../contract/turn-queue-contract.ts';

describeWith(['rabbitmq-server'], 'RabbitMQ turn queue', () => {
  let rabbitMq: RabbitMqService;
  let homes = 0;
  beforeAll(async () => {
    rabbitMq = await RabbitMqService.start();
  }, 60_000);
  afterAll(async () => {
    await rabbitMq[Symbol.asyncDispose]();
  });

  for (const queueType of ['classic', 'quorum'] as const) {
    const makeHome = async () => {
      const name = `turns-${homes++}`;
      return {
        open: ({slots}: {readonly slots: number}) =>
          RabbitMqTurnQueue.open({url: rabbitMq.url, name, slots, queueType}),
        kill: () => rabbitMq.kill(),
        restart: () => rabbitMq.restart(),
      };
    };
    describe(`${queueType} queues`, () => {
      describeTurnQueueContract(`RabbitMQ, ${queueType}`, makeHome);
      describeSharedTurnQueueContract(`RabbitMQ, ${queueType}`, makeHome);
      if (queueType === 'classic') describeBrokerLossContract(`RabbitMQ, ${queueType}`, makeHome);
    });
  }

  describePartitionContract('RabbitMQ', async () => {
    const name = `turns-${homes++}`;
    return {
      url: rabbitMq.url,
      open: (options) => RabbitMqTurnQueue.open({...options, name, queueType: 'classic'}),
    };
  });

  test('a RabbitMQ that is not there is told', async () => {
    const opening = RabbitMqTurnQueue.open({
      url: 'amqp://127.0.0.1:9',
      name: 'turns',
      slots: 1,
      queueType: 'classic',
    });
    await expect(opening).rejects.toMatchObject({code: 'queue-failed'});
  });
});
