import {type Kysely, sql} from 'kysely';
import {databaseNow} from '../schema/database-now.ts';
import type {Tables, TurnsTable} from '../schema/tables.ts';

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
 * Start-time fair queueing (Goyal, Vin, Cheng: SIGCOMM 1996): a run's turn is one step after its owner's last one, but never before the turn
 * that is next now. An owner with ten thousand waiting runs so gets turns far apart from "now", and whoever comes fresh gets
 * one close to it. Owners without waiting runs keep nothing from before: there is no credit to save up.
 */
export async function placeTurns(
  db: Kysely<Tables>,
  runs: readonly {readonly id: string; readonly owner: string; readonly lane: TurnsTable['lane']}[],
  {weight, isLive, holder, traceparent = null}: TurnPlacing,
): Promise<void> {
  const step = Math.max(1, Math.round(TURN_STEP / weight));
  const lastTurns = new Map<string, number>();
  const now = databaseNow;
  const rows = [];
  for (const run of runs) {
    const queue = `${run.lane} ${run.owner}`;
    const last = lastTurns.get(queue) ?? (holder === null ? await turnBefore(db, run) : 0);
    lastTurns.set(queue, last + step);
    rows.push({
      run_id: run.id,
      owner: run.owner,
      lane: run.lane,
      turn: last + step,
      ready_at_ms: now,
      faults: 0,
      is_live: isLive ? (1 as const) : (0 as const),
      is_attended: holder?.isAttended === true ? (1 as const) : (0 as const),
      is_cancelled: 0 as const,
      worker: holder?.worker ?? null,
      traceparent,
      lease_until_ms: holder === null ? null : sql<number>`${now} + ${holder.leaseMs}`,
    });
  }
  await db.insertInto('turns').values(rows).execute();
  if (holder !== null) await beginFirstAttempt(db, runs);
}

async function beginFirstAttempt(db: Kysely<Tables>, runs: readonly {readonly id: string}[]): Promise<void> {
  await db
    .updateTable('runs')
    .set({state: 'running', attempt: 1, started_at_ms: databaseNow})
    .where(
      'id',
      'in',
      runs.map(({id}) => id),
    )
    .execute();
}

/**
 * The turn after which the next one of this owner lies. Two processes that look at once give the same turn twice, which is harmless:
 * the id breaks the tie, and the owner is ahead of his share by one run for a moment.
 */
async function turnBefore(
  db: Kysely<Tables>,
  {owner, lane}: {readonly owner: string; readonly lane: TurnsTable['lane']},
): Promise<number> {
  const {next, own} = await db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('turns')
        .select((inner) => inner.fn.min('turn').as('turn'))
        .where('lane', '=', lane)
        .where('worker', 'is', null)
        .as('next'),
      eb
        .selectFrom('turns')
        .select((inner) => inner.fn.max('turn').as('turn'))
        .where('owner', '=', owner)
        .where('lane', '=', lane)
        .where('worker', 'is', null)
        .as('own'),
    ])
    .executeTakeFirstOrThrow();
  return Math.max(next ?? 0, own ?? 0);
}
