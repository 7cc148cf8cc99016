import {PostgresRunStore} from '@sandglass/store';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {sampleRun} from '../contract/sample-runs.ts';
import {describeStoreContract} from '../contract/store-contract.ts';

describeWith(['postgresql'], 'PostgreSQL store', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await PostgresService.start();
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  describeStoreContract('PostgreSQL', async () => {
    const url = await postgres.createDatabase();
    return {open: () => PostgresRunStore.open({url}), [Symbol.asyncDispose]: async () => undefined};
  });

  test('of many requests with one key at once over two processes exactly one is accepted', async () => {
    const url = await postgres.createDatabase();
    await using first = await PostgresRunStore.open({url});
    await using second = await PostgresRunStore.open({url});
    const claim = {owner: 'local', key: 'key', requestHash: 'hash', expiresAt: '2026-02-01T12:00:00.000Z'};
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from({length: 10}, (_, index) =>
          (index % 2 === 0 ? first : second).accept([sampleRun(`run-${round}-${index}`)], {
            ...claim,
            key: `key-${round}`,
          }),
        ),
      );
      expect(answers.filter((answer) => answer.kind === 'accepted')).toHaveLength(1);
    }
    expect(await first.countUnfinished()).toBe(10);
  });
});
