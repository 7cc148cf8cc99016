import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';

/** Instead of what was told before. Nothing happens for a run that is gone. */
export async function recordTold(
  db: Kysely<Tables>,
  {runId, status}: {readonly runId: string; readonly status: string},
): Promise<void> {
  await db
    .insertInto('told_statuses')
    .columns(['run_id', 'status'])
    .expression((eb) =>
      eb
        .selectFrom('runs')
        .select((inner) => ['runs.id as run_id', inner.val(status).as('status')])
        .where('runs.id', '=', runId),
    )
    .onConflict((conflict) => conflict.column('run_id').doUpdateSet({status}))
    .execute();
}

export async function readTold(db: Kysely<Tables>, runId: string): Promise<string | null> {
  const found = await db
    .selectFrom('told_statuses')
    .select('status')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return found?.status ?? null;
}
