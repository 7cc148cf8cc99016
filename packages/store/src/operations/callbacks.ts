import type {Kysely} from 'kysely';
import type {CallbacksTable, Tables} from '../schema/tables.ts';

export interface DueCommand {
  readonly nowMs: number;
  readonly limit: number;
}

/** A callback whose run is finished; `due_at_ms` is therefore set. */
export type DueCallback = CallbacksTable & {readonly due_at_ms: number};

/** Longest due first. */
export async function readDueCallbacks(
  db: Kysely<Tables>,
  {nowMs, limit}: DueCommand,
): Promise<DueCallback[]> {
  return await db
    .selectFrom('callbacks')
    .selectAll()
    .where('due_at_ms', '<=', nowMs)
    .orderBy('due_at_ms')
    .limit(limit)
    .$narrowType<{due_at_ms: number}>()
    .execute();
}

export interface RecordCallbackCommand {
  readonly runId: string;
  readonly tries: number;
  /** Null: delivered or given up, nothing more to do. */
  readonly nextDueAtMs: number | null;
}

export async function recordCallback(db: Kysely<Tables>, command: RecordCallbackCommand): Promise<void> {
  if (command.nextDueAtMs === null) {
    await db.deleteFrom('callbacks').where('run_id', '=', command.runId).execute();
    return;
  }
  await db
    .updateTable('callbacks')
    .set({tries: command.tries, due_at_ms: command.nextDueAtMs})
    .where('run_id', '=', command.runId)
    .execute();
}
