import type {Kysely} from 'kysely';
import type {RunsTable, Tables} from '../schema/tables.ts';

export interface ReadCommand {
  readonly runId: string;
  readonly owner: string;
}

/** A run as stored; `result` is null until it is finished. */
export interface RunRow {
  readonly row: RunsTable;
  readonly spec: Uint8Array;
  readonly result: Uint8Array | null;
}

export async function readRun(db: Kysely<Tables>, {runId, owner}: ReadCommand): Promise<RunRow | null> {
  const found = await db
    .selectFrom('runs')
    .innerJoin('run_specs', 'run_specs.run_id', 'runs.id')
    .leftJoin('run_results', 'run_results.run_id', 'runs.id')
    .selectAll('runs')
    .select(['run_specs.record as spec', 'run_results.record as result'])
    .where('runs.id', '=', runId)
    .where('runs.owner', '=', owner)
    .executeTakeFirst();
  if (found === undefined) return null;
  const {spec, result, ...row} = found;
  return {row, spec, result};
}
