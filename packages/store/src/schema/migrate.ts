import type {Kysely} from 'kysely';
import {Migrator} from 'kysely/migration';
import type {ColumnTypes} from './column-types.ts';
import {allMigrations} from './migrations/index.ts';
import type {Tables} from './tables.ts';

/** The database has migrations that this version of Sandglass does not know; it was left as it is. */
export interface SchemaTooNew {
  readonly kind: 'schema-too-new';
  readonly unknown: readonly string[];
}

/** Where Kysely's migrator records what it has applied. */
const APPLIED_TABLE = 'kysely_migration';

/**
 * Brings the schema up to date, or changes nothing and says that it is newer than this program. All of it happens in one
 * transaction, so a crash in the middle leaves the old schema. Throws what the database throws.
 */
export async function migrate(
  db: Kysely<Tables>,
  types: ColumnTypes,
): Promise<{readonly kind: 'up-to-date'} | SchemaTooNew> {
  const migrations = allMigrations(types);
  const unknown = (await appliedMigrations(db)).filter((name) => !(name in migrations));
  if (unknown.length > 0) return {kind: 'schema-too-new', unknown};
  const migrator = new Migrator({db, provider: {getMigrations: async () => migrations}});
  const {error} = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return {kind: 'up-to-date'};
}

async function appliedMigrations(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables({withInternalKyselyTables: true});
  if (!tables.some((table) => table.name === APPLIED_TABLE)) return [];
  const rows = await db
    .$extendTables<{[APPLIED_TABLE]: {name: string}}>()
    .selectFrom(APPLIED_TABLE)
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
