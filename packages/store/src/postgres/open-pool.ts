import pg from 'pg';

/** Sent to the database, so that `pg_stat_activity` shows whose connections these are. */
const APPLICATION_NAME = 'sandglass';

/** A database that does not answer the first message within this is unreachable. */
const CONNECT_TIMEOUT_MS = 5_000;

/** A statement or a lost connection that hangs longer than this is given up: nobody waits for ever, the caller learns of it. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** Type ids of PostgreSQL that come as something else than text (`pg_type.dat`). */
const INT8_OID = 20;
const BYTEA_OID = 17;

/**
 * Connections to a PostgreSQL database, made as they are needed and replaced when they break. The caller ends the pool.
 * `url` is a connection URI (PostgreSQL manual, section 34.1.1.2); `sslmode` and the like are part of it.
 */
export function openPool(url: string, maxConnections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    types: {getTypeParser},
  });
  // An idle connection that breaks is replaced by the next query, which reports what is wrong.
  pool.on('error', () => undefined);
  // One that breaks while it is lent has no listener of the pool's, and an error that nobody hears ends the process. Its query fails, which is told.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** 64-bit whole numbers here are milliseconds and counts, far below 2^53; byte strings are plain arrays in every adapter. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (format !== 'binary' && oid === INT8_OID) return Number;
  if (format !== 'binary' && oid === BYTEA_OID) return parseBytes;
  return pg.types.getTypeParser(oid, 'text');
}

/** The hex format that servers use since version 9 (PostgreSQL manual, section 8.4.1). */
function parseBytes(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value.slice('\\x'.length), 'hex'));
}
