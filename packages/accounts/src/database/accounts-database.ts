import {SandglassError} from '@sandglass/protocol';
import {Kysely, PostgresDialect, sql} from 'kysely';
import pg from 'pg';
import {type ColumnTypes, POSTGRES_COLUMN_TYPES, SQLITE_COLUMN_TYPES} from './column-types.ts';
import {SqliteThread} from './sqlite-thread-client.ts';
import {SqliteThreadDialect} from './sqlite-thread-dialect.ts';

/** Tables of ours live apart from those of the run store, which may be in the same database. */
const POSTGRES_SCHEMA = 'sandglass_accounts';
/** Sign-ins and saves are few; runs have a pool of their own. */
const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5_000;

/** An open database for accounts and projects; each package migrates its own tables. The owner disposes it. */
export interface AccountsDatabase extends AsyncDisposable {
  /** The database with the tables that a package knows it has. */
  tables<Tables>(): Kysely<Tables>;
  readonly kind: 'sqlite' | 'postgres';
  readonly types: ColumnTypes;
}

/**
 * Opens `postgres://…`, or else a file, created readable by its owner only. Several processes may use either at once.
 * Throws `store-failed`.
 */
export async function openAccountsDatabase(target: string): Promise<AccountsDatabase> {
  return /^postgres(ql)?:\/\//.test(target) ? await openPostgres(target) : await openSqlite(target);
}

async function openSqlite(path: string): Promise<AccountsDatabase> {
  const db = new Kysely<unknown>({dialect: new SqliteThreadDialect(await SqliteThread.open(path))});
  return databaseOver(db, {kind: 'sqlite', types: SQLITE_COLUMN_TYPES});
}

async function openPostgres(connectionString: string): Promise<AccountsDatabase> {
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: `-c search_path=${POSTGRES_SCHEMA}`,
    // 64-bit integers come as text by default; our times and counts fit a double exactly.
    types: {getTypeParser: numbersFor},
  });
  // An idle connection that breaks is replaced; the next query tells when that fails.
  pool.on('error', () => undefined);
  // One that breaks while it is lent has no listener of the pool's, and an error that nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<unknown>({dialect: new PostgresDialect({pool})});
  try {
    await sql`create schema if not exists ${sql.id(POSTGRES_SCHEMA)}`.execute(db);
  } catch (error) {
    await db.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new SandglassError(
      'store-failed',
      `Cannot open the accounts database in PostgreSQL: ${reason}. Check accounts.database, and that its user may create a schema.`,
      {cause: error},
    );
  }
  return databaseOver(db, {kind: 'postgres', types: POSTGRES_COLUMN_TYPES});
}

function databaseOver(
  db: Kysely<unknown>,
  facts: Pick<AccountsDatabase, 'kind' | 'types'>,
): AccountsDatabase {
  return {
    ...facts,
    // The types of tables exist while compiling only; the package that names them has migrated them.
    tables: <Tables>() => db as Kysely<Tables>,
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

function numbersFor(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === pg.types.builtins.INT8) return Number;
  return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
}
