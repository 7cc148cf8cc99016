import {type Kysely, sql} from 'kysely';
import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';

/** Runs with their specs and results, callbacks to deliver, idempotency keys, and the row that readiness checks write. */
export function createRuns(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createRunsTable(db, types);
      await createRecordTable(db, {name: 'run_specs', types});
      await createRecordTable(db, {name: 'run_results', types});
      await createCallbacks(db, types);
      await createIdempotencyKeys(db, types);
      await db.schema
        .createTable('store_checks')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('checks', types.bigInteger, (column) => column.notNull())
        .execute();
    },
  };
}

async function createRunsTable(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', types.identifier, (column) => column.primaryKey())
    .addColumn('owner', types.identifier, (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('language_id', 'text', (column) => column.notNull())
    .addColumn('language_version', 'text', (column) => column.notNull())
    .addColumn('isolation', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('batch_id', types.identifier)
    .addColumn('batch_position', 'integer')
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', types.bigInteger, (column) => column.notNull())
    .addColumn('started_at_ms', types.bigInteger)
    .addColumn('finished_at_ms', types.bigInteger)
    .addCheckConstraint('runs_state', sql`state in ('queued', 'running', 'finished')`)
    // A finished run has an outcome and a time, an unfinished one has neither: checked where no code path can forget it.
    .addCheckConstraint(
      'runs_finished_once',
      sql`(state = 'finished') = (outcome is not null) and (state = 'finished') = (finished_at_ms is not null)`,
    )
    .execute();
  await db.schema.createIndex('runs_by_owner').on('runs').columns(['owner', 'created_at_ms', 'id']).execute();
  // Partial indexes stay as small as what they are for: the backlog, the batches, what retention will delete.
  await db.schema
    .createIndex('runs_unfinished')
    .on('runs')
    .columns(['created_at_ms', 'batch_position', 'id'])
    .where(sql.ref('state'), '<>', sql.lit('finished'))
    .execute();
  await db.schema
    .createIndex('runs_by_batch')
    .on('runs')
    .columns(['batch_id', 'batch_position'])
    .where(sql.ref('batch_id'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('runs_by_end')
    .on('runs')
    .column('finished_at_ms')
    .where(sql.ref('finished_at_ms'), 'is not', null)
    .execute();
}

async function createRecordTable(
  db: Kysely<unknown>,
  {name, types}: {readonly name: string; readonly types: ColumnTypes},
): Promise<void> {
  await db.schema
    .createTable(name)
    .addColumn('run_id', types.identifier, (column) =>
      column.primaryKey().references('runs.id').onDelete('cascade'),
    )
    .addColumn('record', types.bytes, (column) => column.notNull())
    .execute();
}

async function createCallbacks(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('callbacks')
    .addColumn('run_id', types.identifier, (column) =>
      column.primaryKey().references('runs.id').onDelete('cascade'),
    )
    .addColumn('owner', types.identifier, (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('due_at_ms', types.bigInteger)
    .execute();
  await db.schema
    .createIndex('callbacks_due')
    .on('callbacks')
    .column('due_at_ms')
    .where(sql.ref('due_at_ms'), 'is not', null)
    .execute();
}

async function createIdempotencyKeys(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('owner', types.identifier, (column) => column.notNull())
    .addColumn('key', types.identifier, (column) => column.notNull())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('expires_at_ms', types.bigInteger, (column) => column.notNull())
    .addColumn('first_run_id', types.identifier, (column) =>
      column.notNull().references('runs.id').onDelete('cascade'),
    )
    .addColumn('run_ids', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_primary', ['owner', 'key'])
    .execute();
  // The cascade looks keys up by run; without an index each deleted run would read the whole table.
  await db.schema
    .createIndex('idempotency_keys_by_run')
    .on('idempotency_keys')
    .column('first_run_id')
    .execute();
}
