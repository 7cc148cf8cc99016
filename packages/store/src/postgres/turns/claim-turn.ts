import {type Kysely, sql} from 'kysely';
import {CHANGES_CHANNEL} from '../../operations/announce.ts';
import type {RunRow} from '../../operations/read-run.ts';
import {databaseNow} from '../../schema/database-now.ts';
import type {RunsTable, Tables, TurnsTable} from '../../schema/tables.ts';

export interface ClaimCommand {
  readonly worker: string;
  readonly lane: TurnsTable['lane'];
  readonly leaseMs: number;
}

export type ClaimedRow = RunRow & {
  readonly faults: number;
  readonly isLive: boolean;
  readonly traceparent: string | null;
  readonly readyAtMs: number;
};

interface ClaimAnswer extends RunsTable {
  readonly spec: Uint8Array;
  readonly faults: number;
  readonly is_live: 0 | 1;
  readonly traceparent: string | null;
  readonly ready_at_ms: number;
  readonly told: unknown;
}

/**
 * Takes the next turn in one statement, so in one round trip and one commit: the turn, the attempt number, the start time and the news.
 * The news is for those who follow a run: of one that nobody can follow it is not told, because commits with news wait for each other.
 * Rows that another worker is just taking are skipped instead of waited for (PostgreSQL manual, SELECT, "The Locking Clause").
 */
export async function claimTurn(
  db: Kysely<Tables>,
  {worker, lane, leaseMs}: ClaimCommand,
): Promise<ClaimedRow | null> {
  const {rows} = await sql<ClaimAnswer>`
    with picked as (
      select run_id from turns
      where worker is null and lane = ${lane} and ready_at_ms <= ${databaseNow}
      order by turn, run_id limit 1 for update skip locked
    ), taken as (
      update turns set worker = ${worker}, lease_until_ms = ${databaseNow} + ${leaseMs}::bigint
      from picked where turns.run_id = picked.run_id
      returning turns.run_id, turns.faults, turns.is_live, turns.traceparent, turns.ready_at_ms
    ), started as (
      update runs set state = 'running', attempt = runs.attempt + 1,
        started_at_ms = coalesce(runs.started_at_ms, ${databaseNow})
      from taken where runs.id = taken.run_id and runs.state <> 'finished'
      returning runs.*, taken.faults, taken.is_live, taken.traceparent, taken.ready_at_ms
    )
    select started.*, run_specs.record as spec,
      case when started.is_live = 1 then pg_notify(${CHANGES_CHANNEL}, 'started ' || started.id) end as told
    from started join run_specs on run_specs.run_id = started.id`.execute(db);
  const [found] = rows;
  if (found === undefined) return null;
  const {spec, faults, is_live, traceparent, ready_at_ms: readyAtMs, told: _told, ...row} = found;
  return {row, spec, result: null, faults, isLive: is_live === 1, traceparent, readyAtMs};
}
