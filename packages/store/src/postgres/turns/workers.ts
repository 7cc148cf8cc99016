import {type Kysely, sql} from 'kysely';
import {databaseNow} from '../../schema/database-now.ts';
import type {Tables} from '../../schema/tables.ts';
import type {WorkerReport} from '../../shared/shared-run-store.ts';

export async function reportWorker(db: Kysely<Tables>, worker: WorkerReport): Promise<void> {
  const row = {
    url: worker.url,
    slots: worker.slots,
    running: worker.running,
    is_draining: worker.isDraining ? (1 as const) : (0 as const),
    abilities: worker.abilities,
    seen_at_ms: databaseNow,
  };
  await db
    .insertInto('workers')
    .values({id: worker.id, ...row})
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function readWorkers(db: Kysely<Tables>, maxAgeMs: number): Promise<WorkerReport[]> {
  const rows = await db
    .selectFrom('workers')
    .selectAll()
    .where('seen_at_ms', '>', sql<number>`${databaseNow} - ${maxAgeMs}::bigint`)
    .orderBy('id')
    .execute();
  return rows.map(({is_draining, seen_at_ms: _seen, ...row}) => ({...row, isDraining: is_draining === 1}));
}

export async function forgetWorker(db: Kysely<Tables>, worker: string): Promise<void> {
  await db.deleteFrom('workers').where('id', '=', worker).execute();
}

/** Who has the run now. A worker that never reported itself cannot be reached, so it counts as nobody. */
export async function findHolder(
  db: Kysely<Tables>,
  runId: string,
): Promise<{worker: string; url: string} | null> {
  const found = await db
    .selectFrom('turns')
    .innerJoin('workers', 'workers.id', 'turns.worker')
    .select(['workers.id as worker', 'workers.url'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return found ?? null;
}
