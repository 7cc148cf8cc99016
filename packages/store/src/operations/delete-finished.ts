import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';

export interface DeleteFinishedCommand {
  readonly beforeMs: number;
  /** Runs at most: a deletion holds up every other write. */
  readonly limit: number;
}

/** Deletes the longest-finished runs with everything that belongs to them. Returns how many runs. */
export async function deleteFinished(
  db: Kysely<Tables>,
  {beforeMs, limit}: DeleteFinishedCommand,
): Promise<number> {
  const {numDeletedRows} = await db
    .deleteFrom('runs')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('runs')
        .select('id')
        .where('finished_at_ms', '<', beforeMs)
        .orderBy('finished_at_ms')
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
