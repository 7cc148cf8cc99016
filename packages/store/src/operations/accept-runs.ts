import type {Kysely} from 'kysely';
import type {AcceptResult} from '../run-store.ts';
import type {RunsTable, Tables} from '../schema/tables.ts';

export interface AcceptCommand {
  readonly runs: readonly AcceptedRun[];
  readonly claim: {
    readonly owner: string;
    readonly key: string;
    readonly requestHash: string;
    readonly expiresAtMs: number;
  } | null;
}

export type AcceptedRun = Pick<
  RunsTable,
  'id' | 'owner' | 'language_id' | 'language_version' | 'isolation' | 'metadata' | 'created_at_ms'
> &
  Readonly<Pick<RunsTable, 'batch_id' | 'batch_position'>> & {
    readonly spec: Uint8Array;
    readonly hasCallback: boolean;
  };

/** Stores new runs, all or none, unless the idempotency key was used before. */
export async function acceptRuns(db: Kysely<Tables>, {runs, claim}: AcceptCommand): Promise<AcceptResult> {
  const [first] = runs;
  if (first === undefined) return {kind: 'accepted'};
  if (claim !== null) {
    const earlier = await findClaim(db, claim, first.created_at_ms);
    if (earlier !== null) return earlier;
  }
  for (const run of runs) await insertRun(db, run);
  if (claim !== null) await insertClaim(db, claim, runs);
  return {kind: 'accepted'};
}

/** Time is the first run's `createdAt`, so that the store needs no clock and a test no waiting. */
async function findClaim(
  db: Kysely<Tables>,
  claim: NonNullable<AcceptCommand['claim']>,
  nowMs: number,
): Promise<AcceptResult | null> {
  const earlier = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'run_ids'])
    .where('owner', '=', claim.owner)
    .where('key', '=', claim.key)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  if (earlier === undefined) return null;
  if (earlier.request_hash !== claim.requestHash) return {kind: 'conflict'};
  // Written by insertClaim only.
  return {kind: 'repeated', runIds: JSON.parse(earlier.run_ids) as string[]};
}

async function insertRun(db: Kysely<Tables>, {spec, hasCallback, ...columns}: AcceptedRun): Promise<void> {
  await db
    .insertInto('runs')
    .values({...columns, state: 'queued', attempt: 0})
    .execute();
  await db.insertInto('run_specs').values({run_id: columns.id, record: spec}).execute();
  if (!hasCallback) return;
  await db
    .insertInto('callbacks')
    .values({run_id: columns.id, owner: columns.owner, tries: 0, due_at_ms: null})
    .execute();
}

async function insertClaim(
  db: Kysely<Tables>,
  claim: NonNullable<AcceptCommand['claim']>,
  runs: readonly AcceptedRun[],
): Promise<void> {
  const content = {
    request_hash: claim.requestHash,
    expires_at_ms: claim.expiresAtMs,
    first_run_id: runs[0]?.id ?? '',
    run_ids: JSON.stringify(runs.map((run) => run.id)),
  };
  await db
    .insertInto('idempotency_keys')
    .values({owner: claim.owner, key: claim.key, ...content})
    // Only an expired key is still there at this point.
    .onConflict((conflict) => conflict.columns(['owner', 'key']).doUpdateSet(content))
    .execute();
}
