import {type Kysely, sql} from 'kysely';
import {databaseNow} from '../../schema/database-now.ts';
import type {Tables} from '../../schema/tables.ts';
import type {HeldAttempt, LostRun, RenewedLease} from '../../shared/shared-run-store.ts';

export async function renewLeases(
  db: Kysely<Tables>,
  {worker, leaseMs}: {readonly worker: string; readonly leaseMs: number},
): Promise<RenewedLease[]> {
  const {rows} = await sql<{run_id: string; attempt: number; is_cancelled: 0 | 1}>`
    update turns set lease_until_ms = ${databaseNow} + ${leaseMs}::bigint
    from runs where turns.worker = ${worker} and runs.id = turns.run_id
    returning turns.run_id, runs.attempt, turns.is_cancelled`.execute(db);
  return rows.map((row) => ({runId: row.run_id, attempt: row.attempt, isCancelled: row.is_cancelled === 1}));
}

export interface ReleaseCommand extends HeldAttempt {
  readonly worker: string;
  readonly delayMs: number;
  readonly isFault: boolean;
}

/** The attempt is looked at as well: a worker may have lost the run and taken it once more. */
export async function releaseTurn(db: Kysely<Tables>, command: ReleaseCommand): Promise<boolean> {
  const {numAffectedRows = 0n} = await sql`
    update turns set worker = null, lease_until_ms = null, faults = turns.faults + ${command.isFault ? 1 : 0},
      ready_at_ms = ${databaseNow} + ${command.delayMs}::bigint
    from runs where turns.run_id = ${command.runId} and turns.worker = ${command.worker}
      and runs.id = turns.run_id and runs.attempt = ${command.attempt}`.execute(db);
  return numAffectedRows === 1n;
}

export async function readExpired(db: Kysely<Tables>, limit: number): Promise<LostRun[]> {
  const rows = await db
    .selectFrom('turns')
    .innerJoin('runs', 'runs.id', 'turns.run_id')
    .select(['run_id', 'runs.attempt', 'turns.owner', 'faults', 'is_attended', 'is_cancelled'])
    .where('worker', 'is not', null)
    .where('lease_until_ms', '<', databaseNow)
    .orderBy('lease_until_ms')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    runId: row.run_id,
    attempt: row.attempt,
    owner: row.owner,
    faults: row.faults,
    isAttended: row.is_attended === 1,
    isCancelled: row.is_cancelled === 1,
  }));
}

/** A worker that falls silent is a fault of ours. False when it has renewed after all. */
export async function reclaimTurn(
  db: Kysely<Tables>,
  {runId, delayMs}: {readonly runId: string; readonly delayMs: number},
): Promise<boolean> {
  const {numUpdatedRows} = await db
    .updateTable('turns')
    .set((eb) => ({
      worker: null,
      lease_until_ms: null,
      faults: eb('faults', '+', 1),
      ready_at_ms: sql<number>`${databaseNow} + ${delayMs}::bigint`,
    }))
    .where('run_id', '=', runId)
    .where('lease_until_ms', '<', databaseNow)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
