import pg from 'pg';

/** Conditions (PostgreSQL manual, appendix A) that an operator can do something about. */
const REMEDIES: Readonly<Record<string, string>> = {
  '25006': 'It is read-only, probably a standby. Point store.url at the primary.',
  '28000': 'The user may not log in. Check the user in store.url and pg_hba.conf.',
  '28P01': 'The password is wrong. Check store.url.',
  '3D000': 'There is no such database. Create it, or correct store.url.',
  '42501': 'The user may not do that. Make it the owner of the database, or grant it CREATE on the schema.',
  '53100': 'Its disk is full. Free space there.',
  '53300': 'It has too many connections. Raise max_connections, or run fewer processes.',
  '57P03': 'It is starting or stopping. It is tried again.',
  ECONNREFUSED: 'Nothing listens there. Start PostgreSQL, or correct store.url.',
  ENOTFOUND: 'The host is unknown. Correct store.url.',
};

/** SQLSTATE classes that mean that the connection, not the statement, is at fault: 08, and 57P0x "the server goes away". */
const CONNECTION_STATES = /^(08|57P0)/;

/** Says what failed, why as far as PostgreSQL knows, and what to do about it. Never holds the password. */
export function explainPostgresError(error: unknown, verb: 'open' | 'write' | 'read', place: string): string {
  const attempted = `Cannot ${verb} the run store ${place}`;
  const code = codeOf(error);
  const remedy = code === null ? undefined : REMEDIES[code];
  const detail = error instanceof Error ? messageOf(error) : String(error);
  return `${attempted}: ${detail}${code === null ? '' : ` (${code})`}.${remedy === undefined ? '' : ` ${remedy}`}`;
}

/** Whether the connection broke, so that nobody knows what of the last statements was done. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return error.code !== undefined && CONNECTION_STATES.test(error.code);
}

/** Two transactions waited for each other and this one was undone, so that the other could go on. */
export function isDeadlock(error: unknown): boolean {
  return codeOf(error) === '40P01';
}

/** Where a connection URI leads, without its password: `host:port/database`. */
export function placeOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return 'PostgreSQL';
  const host = parsed.host === '' ? (parsed.searchParams.get('host') ?? 'localhost') : parsed.host;
  return `postgresql://${host}${parsed.pathname}`;
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Several addresses of one host are tried, and fail together without a message of their own. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join(', ');
}
