import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import type {AcceptedRun} from './accept-runs.ts';
import type {FinishCommand} from './finish-run.ts';

export interface RecordCommand extends Omit<FinishCommand, 'runId'> {
  readonly run: AcceptedRun;
  /** Null when no attempt began. */
  readonly startedAtMs: number | null;
}

/** Stores a run together with its end: what accepting, starting and finishing it one after the other would have left. */
export async function recordRun(db: Kysely<Tables>, command: RecordCommand): Promise<void> {
  const {spec, lane: _lane, hasCallback, ...columns} = command.run;
  await db
    .insertInto('runs')
    .values({
      ...columns,
      state: 'finished',
      outcome: command.outcome,
      attempt: command.attempt,
      started_at_ms: command.startedAtMs,
      finished_at_ms: command.finishedAtMs,
    })
    .execute();
  const {id, owner} = columns;
  await db.insertInto('run_specs').values({run_id: id, record: spec}).execute();
  await db.insertInto('run_results').values({run_id: id, record: command.result}).execute();
  if (!hasCallback) return;
  await db
    .insertInto('callbacks')
    .values({run_id: id, owner, tries: 0, due_at_ms: command.finishedAtMs})
    .execute();
}
