import type {Kysely} from 'kysely';
import {announce} from '../../operations/announce.ts';
import {finishRun} from '../../operations/finish-run.ts';
import type {Tables} from '../../schema/tables.ts';

export interface CancelCommand {
  readonly runId: string;
  readonly owner: string;
  readonly result: Uint8Array;
  readonly finishedAtMs: number;
}

/** To be called in a transaction: the row lock decides between this and a worker that is just taking the run. */
export async function cancelTurn(
  db: Kysely<Tables>,
  {runId, owner, result, finishedAtMs}: CancelCommand,
): Promise<'finished' | 'wanted' | 'unknown'> {
  const turn = await db
    .selectFrom('turns')
    .innerJoin('runs', 'runs.id', 'turns.run_id')
    .select(['worker', 'attempt'])
    .where('run_id', '=', runId)
    .where('turns.owner', '=', owner)
    .forUpdate('turns')
    .executeTakeFirst();
  if (turn === undefined) return 'unknown';
  if (turn.worker === null) {
    const {attempt} = turn;
    await finishRun(db, {runId, attempt, outcome: 'cancelled', result, finishedAtMs, isShared: true});
    return 'finished';
  }
  await db.updateTable('turns').set({is_cancelled: 1}).where('run_id', '=', runId).execute();
  await announce(db, {kind: 'cancel-wanted', runId});
  return 'wanted';
}
