import type {ColumnTypes} from '@sandglass/accounts/database';
import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** Groups, their assignments, and what their members handed in. */
export function classroomMigration(types: ColumnTypes): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await groupTables(db, types);
      await assignmentTables(db, types);
      await submissionTable(db, types);
    },
  };
}

async function groupTables({schema}: Kysely<unknown>, {bigInteger}: ColumnTypes): Promise<void> {
  await schema
    .createTable('class_groups')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('teacher_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('join_code', 'text', (column) => column.unique())
    .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
    .execute();
  await schema.createIndex('class_groups_by_teacher').on('class_groups').column('teacher_id').execute();
  await schema
    .createTable('class_members')
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('class_groups.id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('joined_at_ms', bigInteger, (column) => column.notNull())
    .addPrimaryKeyConstraint('class_members_key', ['group_id', 'user_id'])
    .execute();
  await schema.createIndex('class_members_by_user').on('class_members').column('user_id').execute();
}

async function assignmentTables({schema}: Kysely<unknown>, {bigInteger}: ColumnTypes): Promise<void> {
  await schema
    .createTable('assignments')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('class_groups.id').onDelete('cascade'),
    )
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('instructions', 'text', (column) => column.notNull())
    .addColumn('template', 'text', (column) => column.notNull())
    .addColumn('judging', 'text', (column) => column.notNull())
    .addColumn('possible', 'double precision', (column) => column.notNull())
    .addColumn('feedback', 'text', (column) => column.notNull())
    .addColumn('max_attempts', 'integer')
    .addColumn('opens_at_ms', bigInteger)
    .addColumn('due_at_ms', bigInteger)
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('created_at_ms', bigInteger, (column) => column.notNull())
    .addColumn('updated_at_ms', bigInteger, (column) => column.notNull())
    .execute();
  await schema.createIndex('assignments_by_group').on('assignments').columns(['group_id', 'id']).execute();
  await schema
    .createTable('assignment_projects')
    .addColumn('assignment_id', 'text', (column) =>
      column.notNull().references('assignments.id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('project_id', 'text', (column) =>
      column.notNull().references('projects.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('assignment_projects_key', ['assignment_id', 'user_id'])
    .execute();
}

async function submissionTable({schema}: Kysely<unknown>, {bigInteger}: ColumnTypes): Promise<void> {
  await schema
    .createTable('submissions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('assignment_id', 'text', (column) =>
      column.notNull().references('assignments.id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('revision', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text')
    .addColumn('program', 'text')
    .addColumn('points', 'double precision')
    .addColumn('possible', 'double precision', (column) => column.notNull())
    .addColumn('report', 'text')
    .addColumn('submitted_at_ms', bigInteger, (column) => column.notNull())
    .addUniqueConstraint('submissions_number', ['assignment_id', 'user_id', 'number'])
    .execute();
}
