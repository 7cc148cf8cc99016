import {openAccountsDatabase} from '@sandglass/accounts/database';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {describeAccountsContract} from '../contract/accounts-contract.ts';

describeWith(['postgresql'], 'accounts in PostgreSQL', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await PostgresService.start();
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
  });

  describeAccountsContract('PostgreSQL', () => postgres.createDatabase());
});

test('a PostgreSQL that is not there is told without its password', async () => {
  const opening = openAccountsDatabase('postgresql://ada:hidden@127.0.0.1:1/none');
  await expect(opening).rejects.toMatchObject({code: 'store-failed'});
  await expect(opening).rejects.not.toThrow(/hidden/);
});
