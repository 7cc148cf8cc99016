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

/** A run that is not finished, whose ever it is. */
export interface ActiveRun {
  readonly id: string;
  readonly owner: string;
  readonly state: 'queued' | 'running';
  readonly language: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Runs of everybody that are not finished, oldest first; only the one with this id when there is one. */
export async function readActive(
  db: Kysely<Tables>,
  {id, limit}: {readonly id: string | null; readonly limit: number},
): Promise<ActiveRun[]> {
  let query = db
    .selectFrom('runs')
    .select(['id', 'owner', 'state', 'language_id', 'created_at_ms'])
    .where(isUnfinished);
  if (id !== null) query = query.where('id', '=', id);
  const rows = await query.orderBy('created_at_ms').orderBy('id').limit(limit).execute();
  return rows.map((row) => ({
    id: row.id,
    owner: row.owner,
    state: row.state === 'running' ? 'running' : 'queued',
    language: row.language_id,
    createdAt: new Date(row.created_at_ms).toISOString(),
  }));
}

export async function countUnfinished(db: Kysely<Tables>): Promise<number> {
  const {count} = await db
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(isUnfinished)
    .executeTakeFirstOrThrow();
  return count;
}
