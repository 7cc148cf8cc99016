import {type Kysely, sql} from 'kysely';
import {databaseNow} from '../../schema/database-now.ts';
import type {Tables} from '../../schema/tables.ts';
import type {WaitingDepth} from '../../shared/shared-run-store.ts';

export async function countWaiting(db: Kysely<Tables>): Promise<WaitingDepth> {
  const {rows} = await sql<{lane: 0 | 1; count: number; oldest: number}>`
    select lane, count(*) as count, ${databaseNow} - min(ready_at_ms) as oldest
    from turns where worker is null and ready_at_ms <= ${databaseNow} group by lane`.execute(db);
  const countOf = (lane: 0 | 1): number => rows.find((row) => row.lane === lane)?.count ?? 0;
  return {
    interactive: countOf(0),
    batch: countOf(1),
    oldestWaitMs: rows.reduce((longest, row) => Math.max(longest, row.oldest), 0),
  };
}

/** Runs ahead of this one. A batch run comes after all interactive ones, but for every tenth turn, which this leaves out. */
export async function findPosition(
  db: Kysely<Tables>,
  {runId, limit}: {readonly runId: string; readonly limit: number},
): Promise<number | null> {
  const {rows} = await sql<{position: number}>`
    select (
      select count(*) from (
        select 1 from turns as other
        where other.worker is null
          and (other.lane < mine.lane
            or other.lane = mine.lane and (other.turn, other.run_id) < (mine.turn, mine.run_id))
        limit ${limit}
      ) as ahead
    ) as position
    from turns as mine where mine.run_id = ${runId} and mine.worker is null`.execute(db);
  return rows[0]?.position ?? null;
}
