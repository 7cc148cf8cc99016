import {SandglassError} from '@sandglass/protocol';
import {type Kysely, sql} from 'kysely';
import {type Migration, Migrator} from 'kysely/migration';
import type {ColumnTypes} from './column-types.ts';

/** Migrations of one package by name; names are never reused and sort in the order of application. */
export type Migrations = (types: ColumnTypes) => Readonly<Record<string, Migration>>;

/**
 * Brings the tables of one package up to date in one transaction. Each package keeps its own record (`<name>_migrations`), so that
 * they can share a database. Throws `schema-too-new` and changes nothing when a newer version was here before.
 */
export async function migrate(
  db: Kysely<unknown>,
  {
    name,
    migrations,
    types,
  }: {readonly name: string; readonly migrations: Migrations; readonly types: ColumnTypes},
): Promise<void> {
  const known = migrations(types);
  const migrator = new Migrator({
    db,
    provider: {getMigrations: async () => ({...known})},
    migrationTableName: `${name}_migrations`,
    migrationLockTableName: `${name}_migrations_lock`,
  });
  const unknown = await unknownMigrations(db, `${name}_migrations`, known);
  if (unknown.length > 0)
    throw new SandglassError(
      'schema-too-new',
      `Cannot open the tables of ${name}: a newer Sandglass has changed them (${unknown.join(', ')}). Start that newer version, or use another database.`,
    );
  const {error} = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function unknownMigrations(
  db: Kysely<unknown>,
  table: string,
  known: Readonly<Record<string, Migration>>,
): Promise<string[]> {
  const tables = await db.introspection.getTables({withInternalKyselyTables: true});
  if (!tables.some(({name}) => name === table)) return [];
  const {rows} = await sql<{name: string}>`select name from ${sql.table(table)}`.execute(db);
  return rows.map(({name}) => name).filter((name) => !(name in known));
}
