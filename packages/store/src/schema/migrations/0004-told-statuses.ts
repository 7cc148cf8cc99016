import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';

/** What whoever sent a run's job has been told of it, so that a process that dies is followed by one that does not say it again. */
export function createToldStatuses(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('told_statuses')
        .addColumn('run_id', types.identifier, (column) =>
          column.primaryKey().references('runs.id').onDelete('cascade'),
        )
        .addColumn('status', 'text', (column) => column.notNull())
        .execute();
    },
  };
}
