import {type Kysely, sql} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import type {RunRow} from './read-run.ts';

/** Spelled as in the partial index `runs_unfinished`: a bound parameter would hide from the planner that the index fits. */
const isUnfinished = sql<boolean>`state <> 'finished'`;

/** Oldest first; runs of one batch in request order. */
export async function readUnfinished(db: Kysely<Tables>): Promise<RunRow[]> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('run_specs', 'run_specs.run_id', 'runs.id')
    .selectAll('runs')
    .select('run_specs.record as spec')
    .where(isUnfinished)
    .orderBy('created_at_ms')
    .orderBy('batch_position')
    .orderBy('id')
    .execute();
  return rows.map(({spec, ...row}) => ({row, spec, result: null}));
}

export async function countUnfinished(db: Kysely<Tables>): Promise<number> {
  const {count} = await db
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(isUnfinished)
    .executeTakeFirstOrThrow();
  return count;
}
