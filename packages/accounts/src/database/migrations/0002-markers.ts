import type {Kysely} from 'kysely';
import type {Migration} from 'kysely/migration';

/** Things that happen once in the life of an installation: whoever writes the row did it. */
export const markersMigration: Migration = {
  async up({schema}: Kysely<unknown>) {
    await schema
      .createTable('markers')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};
