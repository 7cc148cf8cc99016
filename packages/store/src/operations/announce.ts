import {type Kysely, sql} from 'kysely';
import type {Tables} from '../schema/tables.ts';

/** The channel that all processes on one database listen on. */
export const CHANGES_CHANNEL = 'sandglass_changes';

/** What other processes are told about a run. */
export interface RunChange {
  readonly kind: 'started' | 'finished' | 'cancel-wanted';
  readonly runId: string;
}

/** Tells every process, when and if the transaction commits (PostgreSQL manual, NOTIFY). PostgreSQL only. */
export async function announce(db: Kysely<Tables>, {kind, runId}: RunChange): Promise<void> {
  await sql`select pg_notify(${CHANGES_CHANNEL}, ${`${kind} ${runId}`})`.execute(db);
}

/** Null for what no process of this version sends. */
export function parseChange(payload: string): RunChange | null {
  const [kind = '', runId = ''] = payload.split(' ');
  return runId !== '' && (kind === 'started' || kind === 'finished' || kind === 'cancel-wanted')
    ? {kind, runId}
    : null;
}
