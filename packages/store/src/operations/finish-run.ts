import type {Outcome} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import {finishSharedRun} from './finish-shared-run.ts';

export interface FinishCommand {
  readonly runId: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly result: Uint8Array;
  readonly finishedAtMs: number;
  /** Where several processes share the work: the run's turn is over, and everybody who waits for it is told. */
  readonly isShared?: boolean;
}

/** Whoever turns the row to `finished` stores the result; there is no way back, so that happens once. */
export async function finishRun(db: Kysely<Tables>, command: FinishCommand): Promise<boolean> {
  if (command.isShared === true) return await finishSharedRun(db, command);
  const {numUpdatedRows} = await db
    .updateTable('runs')
    .set({
      state: 'finished',
      outcome: command.outcome,
      attempt: command.attempt,
      finished_at_ms: command.finishedAtMs,
    })
    .where('id', '=', command.runId)
    .where('state', '<>', 'finished')
    .where('attempt', '<=', command.attempt)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await db.insertInto('run_results').values({run_id: command.runId, record: command.result}).execute();
  await db
    .updateTable('callbacks')
    .set({due_at_ms: command.finishedAtMs})
    .where('run_id', '=', command.runId)
    .execute();
  return true;
}
