import {expect, test} from 'vitest';
import {PostgresService} from '../../../../tests/services/postgres-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {openPool} from '../../src/postgres/open-pool.ts';

describeWith(['postgresql'], 'connections to PostgreSQL', () => {
  test('one that breaks in the middle of a query fails the query, and ends nothing else', async () => {
    await using postgres = await PostgresService.start();
    const pool = openPool(await postgres.createDatabase(), 2);
    const client = await pool.connect();
    await client.query('select 1');
    const sleeping = client.query('select pg_sleep(60)');
    const failed = expect(sleeping).rejects.toThrow();
    // Without a listener for it the error of the connection would be uncaught, and the runner reports that.
    await postgres.kill();
    await failed;
    client.release();
    await postgres.restart();
    expect((await pool.query<{one: number}>('select 1 as one')).rows).toEqual([{one: 1}]);
    await pool.end();
  });
});
