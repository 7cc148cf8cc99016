import {type Kysely, sql} from 'kysely';
import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';

/**
 * What several processes need to share the work: the turns of unfinished runs, and the workers that are there. A table of its own and
 * not columns of `runs`, because a server that is alone never touches it, and because its rows change often and should be narrow.
 */
export function createTurns(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createTurnsTable(db, types);
      await createWorkersTable(db, types);
    },
  };
}

async function createTurnsTable(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('turns')
    .addColumn('run_id', types.identifier, (column) =>
      column.primaryKey().references('runs.id').onDelete('cascade'),
    )
    .addColumn('owner', types.identifier, (column) => column.notNull())
    .addColumn('lane', 'integer', (column) => column.notNull())
    .addColumn('turn', types.bigInteger, (column) => column.notNull())
    .addColumn('ready_at_ms', types.bigInteger, (column) => column.notNull())
    .addColumn('faults', 'integer', (column) => column.notNull())
    .addColumn('is_live', 'integer', (column) => column.notNull())
    .addColumn('is_attended', 'integer', (column) => column.notNull())
    .addColumn('is_cancelled', 'integer', (column) => column.notNull())
    .addColumn('worker', types.identifier)
    .addColumn('lease_until_ms', types.bigInteger)
    .addCheckConstraint('turns_leased', sql`(worker is null) = (lease_until_ms is null)`)
    .execute();
  await createWaitingIndex(db, 'turns_waiting', ['lane', 'turn', 'run_id']);
  await createWaitingIndex(db, 'turns_by_owner', ['owner', 'lane', 'turn']);
  await db.schema
    .createIndex('turns_by_lease')
    .on('turns')
    .columns(['worker', 'lease_until_ms'])
    .where(sql.ref('worker'), 'is not', null)
    .execute();
}

async function createWaitingIndex(db: Kysely<unknown>, name: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(name)
    .on('turns')
    .columns(columns)
    .where(sql.ref('worker'), 'is', null)
    .execute();
}

async function createWorkersTable(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('workers')
    .addColumn('id', types.identifier, (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('slots', 'integer', (column) => column.notNull())
    .addColumn('running', 'integer', (column) => column.notNull())
    .addColumn('is_draining', 'integer', (column) => column.notNull())
    .addColumn('abilities', 'text', (column) => column.notNull())
    .addColumn('seen_at_ms', types.bigInteger, (column) => column.notNull())
    .execute();
}
