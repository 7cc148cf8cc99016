/** SQLSTATE of PostgreSQL for a duplicate (unique_violation). */
const POSTGRES_UNIQUE = '23505';

/** True when a write failed because something like it exists already, in either database. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && error.code === POSTGRES_UNIQUE) return true;
  return error.message.includes('UNIQUE constraint failed') || isUniqueViolation(error.cause);
}
