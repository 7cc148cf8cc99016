import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import type {AcceptedRun} from './accept-runs.ts';
import type {FinishCommand} from './finish-run.ts';
import {insertRow} from './insert-row.ts';

export interface RecordCommand extends Omit<FinishCommand, 'runId'> {
  readonly run: AcceptedRun;
  /** Null when no attempt began. */
  readonly startedAtMs: number | null;
}

/** Stores a run together with its end: what accepting, starting and finishing it one after the other would have left. */
export async function recordRun(db: Kysely<Tables>, command: RecordCommand): Promise<void> {
  const {spec, lane: _lane, hasCallback, ...columns} = command.run;
  const {id, owner} = columns;
  await insertRow(db, 'runs', {
    ...columns,
    state: 'finished',
    outcome: command.outcome,
    attempt: command.attempt,
    started_at_ms: command.startedAtMs,
    finished_at_ms: command.finishedAtMs,
  });
  await insertRow(db, 'run_specs', {run_id: id, record: spec});
  await insertRow(db, 'run_results', {run_id: id, record: command.result});
  if (!hasCallback) return;
  await insertRow(db, 'callbacks', {run_id: id, owner, tries: 0, due_at_ms: command.finishedAtMs});
}
