import {type Kysely, type RawBuilder, sql} from 'kysely';
import {databaseNow} from '../schema/database-now.ts';
import type {RunsTable, Tables, TurnsTable} from '../schema/tables.ts';
import type {AcceptedRun} from './accept-runs.ts';

/** How runs that are accepted together line up. */
export interface TurnPlacing {
  /** The owner's share: with 2 he gets two turns for each one of an owner with 1. From 1. */
  readonly weight: number;
  readonly isLive: boolean;
  /** A worker that executes them at once, for at most so long without a renewal; null to let them wait. */
  readonly holder: {readonly worker: string; readonly leaseMs: number; readonly isAttended: boolean} | null;
  /** What the spans of these runs hang on, kept for whoever takes them. */
  readonly traceparent?: string | null;
}

/** Distance between two turns of an owner with weight 1; weights divide it. */
const TURN_STEP = 1_000_000;

/**
 * Stores new runs together with their turns, in one statement: one round trip, and a transaction of its own where it travels alone.
 *
 * Start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996): a run's turn is one step after its owner's last one, but never before the turn
 * that is next now. An owner with ten thousand waiting runs so gets turns far apart from "now", and whoever comes fresh gets
 * one close to it. Owners without waiting runs keep nothing from before: there is no credit to save up. PostgreSQL only.
 */
export async function insertWithTurns(
  db: Kysely<Tables>,
  runs: readonly AcceptedRun[],
  placing: TurnPlacing,
): Promise<void> {
  const runRows = runs.map(({spec: _spec, lane: _lane, hasCallback: _hasCallback, ...columns}) => ({
    ...columns,
    ...(placing.holder === null ? WAITING : BEGUN),
  }));
  const specs = runs.map(({id, spec}) => ({run_id: id, record: spec}));
  const turns = turnRows(runs, placing);
  const stored = db
    .with('new_runs', (parts) => parts.insertInto('runs').values(runRows).returning('id'))
    .with('new_specs', (parts) => parts.insertInto('run_specs').values(specs).returning('run_id'));
  const callbacks = runs
    .filter(({hasCallback}) => hasCallback)
    .map(({id, owner}) => ({run_id: id, owner, tries: 0, due_at_ms: null}));
  if (callbacks.length === 0) {
    await stored.insertInto('turns').values(turns).execute();
    return;
  }
  await stored
    .with('new_callbacks', (parts) => parts.insertInto('callbacks').values(callbacks).returning('run_id'))
    .insertInto('turns')
    .values(turns)
    .execute();
}

const WAITING = {state: 'queued', attempt: 0, started_at_ms: null} as const satisfies Partial<RunsTable>;
/** Held from the start, the first attempt has begun. */
const BEGUN = {state: 'running', attempt: 1, started_at_ms: databaseNow} as const;

function turnRows(runs: readonly AcceptedRun[], {weight, isLive, holder, traceparent = null}: TurnPlacing) {
  const step = Math.max(1, Math.round(TURN_STEP / weight));
  const placed = new Map<string, number>();
  return runs.map((run) => {
    const queue = `${run.lane} ${run.owner}`;
    const distance = (placed.get(queue) ?? 0) + step;
    placed.set(queue, distance);
    return {
      run_id: run.id,
      owner: run.owner,
      lane: run.lane,
      turn: holder === null ? turnAfter(run, distance) : distance,
      ready_at_ms: databaseNow,
      faults: 0,
      is_live: isLive ? (1 as const) : (0 as const),
      is_attended: holder?.isAttended === true ? (1 as const) : (0 as const),
      is_cancelled: 0 as const,
      worker: holder?.worker ?? null,
      traceparent,
      lease_until_ms: holder === null ? null : sql<number>`${databaseNow} + ${holder.leaseMs}::bigint`,
    };
  });
}

/**
 * So far after the turn that is next, or after the owner's last one. Two processes that look at once give the same turn twice, which is
 * harmless: the id breaks the tie, and the owner is ahead of his share by one run for a moment.
 */
function turnAfter(
  {owner, lane}: {readonly owner: string; readonly lane: TurnsTable['lane']},
  distance: number,
): RawBuilder<number> {
  return sql<number>`greatest(
    (select min(turn) from turns where lane = ${lane} and worker is null),
    (select max(turn) from turns where owner = ${owner} and lane = ${lane} and worker is null),
    0
  ) + ${distance}::bigint`;
}
