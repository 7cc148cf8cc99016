import {type Kysely, sql} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import {CHANGES_CHANNEL} from './announce.ts';
import type {FinishCommand} from './finish-run.ts';

/**
 * What `finishRun` does, with the end of the run's turn and the news of it, in one statement: one round trip, and a transaction of its own
 * where it travels alone. The parts of a statement see the tables as they were before it (PostgreSQL manual, section 7.8.4), so each
 * takes its rows from what `ended` returns. PostgreSQL only.
 */
export async function finishSharedRun(db: Kysely<Tables>, command: FinishCommand): Promise<boolean> {
  const {runId, attempt, outcome, result, finishedAtMs} = command;
  const {rows} = await sql<{told: unknown}>`
    with ended as (
      update runs set state = 'finished', outcome = ${outcome}, attempt = ${attempt},
        finished_at_ms = ${finishedAtMs}::bigint
      where id = ${runId} and state <> 'finished' and attempt <= ${attempt}
      returning id
    ), stored as (
      insert into run_results (run_id, record) select id, ${result}::bytea from ended
    ), due as (
      update callbacks set due_at_ms = ${finishedAtMs}::bigint from ended where callbacks.run_id = ended.id
    ), freed as (
      delete from turns using ended where turns.run_id = ended.id
    )
    select pg_notify(${CHANGES_CHANNEL}, 'finished ' || id) as told from ended`.execute(db);
  return rows.length === 1;
}
