import type {ColumnTypes} from '@sandglass/accounts/database';
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

export function projectsMigration({bytes, bigInteger}: ColumnTypes): Migration {
  return {
    async up({schema}: Kysely<unknown>) {
      await schema
        .createTable('projects')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner_id', 'text', (column) =>
          column.notNull().references('users.id').onDelete('cascade'),
        )
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('language', 'text', (column) => column.notNull())
        .addColumn('settings', 'text', (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .addColumn('bytes', bigInteger, (column) => column.notNull())
        .addColumn('visibility', 'text', (column) => column.notNull())
        .addColumn('link_token', 'text')
        .addColumn('link_access', 'text', (column) => column.notNull())
        .addColumn('forked_from', 'text')
        .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
        .addColumn('updated_at_ms', bigInteger, (column) => column.notNull())
        .execute();
      await schema
        .createIndex('projects_by_owner')
        .on('projects')
        .columns(['owner_id', 'updated_at_ms'])
        .execute();
      await schema
        .createTable('project_files')
        .addColumn('project_id', 'text', (column) =>
          column.notNull().references('projects.id').onDelete('cascade'),
        )
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('content', bytes, (column) => column.notNull())
        .addPrimaryKeyConstraint('project_files_key', ['project_id', 'path'])
        .execute();
      await schema
        .createTable('project_runs')
        .addColumn('run_id', 'text', (column) => column.primaryKey())
        .addColumn('project_id', 'text', (column) =>
          column.notNull().references('projects.id').onDelete('cascade'),
        )
        .addColumn('run_owner', 'text', (column) => column.notNull())
        .addColumn('started_by', 'text', (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
        .execute();
      await schema
        .createIndex('project_runs_by_project')
        .on('project_runs')
        .columns(['project_id', 'run_id'])
        .execute();
    },
  };
}
