import {sql} from 'kysely';

/**
 * Milliseconds since 1970 by the database's clock, the only one that all processes on it share: leases must not depend on how well the
 * machines of workers are set. PostgreSQL only.
 */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
