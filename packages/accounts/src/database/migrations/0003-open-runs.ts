import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';

/** Runs that were admitted and not settled yet, and who has a place taken by each. */
export function openRunsMigration({bigInteger}: ColumnTypes): Migration {
  return {
    async up({schema}: Kysely<unknown>) {
      await schema
        .createTable('open_runs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('run_id', 'text')
        .addColumn('run_owner', 'text', (column) => column.notNull())
        .addColumn('opened_at_ms', bigInteger, (column) => column.notNull())
        .execute();
      await schema.createIndex('open_runs_by_time').on('open_runs').columns(['opened_at_ms', 'id']).execute();
      await schema
        .createTable('open_run_subjects')
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('open_run_subjects_key', ['subject', 'id'])
        .execute();
      await schema.createIndex('open_run_subjects_by_run').on('open_run_subjects').column('id').execute();
    },
  };
}
