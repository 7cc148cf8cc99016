import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {SqliteRunStore} from '@sandglass/store';
import pg from 'pg';
import {expect, test} from 'vitest';
import {PostgresService} from '../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../tests/services/wanted.ts';
import {sandglass} from './support/sandglass.ts';

test('migrate makes the database of one process, and says where it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandglass-migrate-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, {recursive: true}));
  const path = join(folder, 'sandglass.sqlite');
  const result = await sandglass(['migrate', '--data-dir', folder]);
  expect(result).toMatchObject({exitCode: 0, stdout: `The run store ${path} is up to date.\n`});
  await using store = await SqliteRunStore.open({path});
  expect(await store.countUnfinished()).toBe(0);
});

describeWith(['postgresql'], 'migrate with PostgreSQL', () => {
  test('makes the tables, changes nothing the second time, and refuses what a later version has changed', async () => {
    await using postgres = await PostgresService.start();
    const url = await postgres.createDatabase();
    const env = {SANDGLASS_STORE_KIND: 'postgres', SANDGLASS_STORE_URL: url};
    for (const _time of ['first', 'second'])
      expect(await sandglass(['migrate'], {env})).toMatchObject({
        exitCode: 0,
        stdout: 'The run store in PostgreSQL is up to date.\n',
      });
    const client = new pg.Client({connectionString: url});
    await client.connect();
    await client.query(`insert into kysely_migration (name, timestamp) values ('9999-future', now())`);
    await client.end();
    const refused = await sandglass(['migrate'], {env});
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('9999-future');
    expect(refused.stderr).not.toContain(url);
  });
});
