import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';

export interface StartCommand {
  readonly runId: string;
  readonly attempt: number;
  readonly startedAtMs: number;
}

/** The attempt number is the fence: the row only ever moves to a higher one, so of two takers one is told no. */
export async function startRun(db: Kysely<Tables>, command: StartCommand): Promise<boolean> {
  const {numUpdatedRows} = await db
    .updateTable('runs')
    .set((eb) => ({
      state: 'running',
      attempt: command.attempt,
      started_at_ms: eb.fn.coalesce('started_at_ms', eb.val(command.startedAtMs)),
    }))
    .where('id', '=', command.runId)
    .where('state', '<>', 'finished')
    .where('attempt', '<', command.attempt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
