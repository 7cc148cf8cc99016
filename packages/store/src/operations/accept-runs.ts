import type {Kysely} from 'kysely';
import type {AcceptResult} from '../run-store.ts';
import type {RunsTable, Tables, TurnsTable} from '../schema/tables.ts';
import {insertWithTurns, type TurnPlacing} from './insert-with-turns.ts';

export interface AcceptCommand {
  readonly runs: readonly AcceptedRun[];
  readonly claim: {
    readonly owner: string;
    readonly key: string;
    readonly requestHash: string;
    readonly expiresAtMs: number;
  } | null;
  /** Where several processes share the work: how the runs line up. Null where one process has its own queue. */
  readonly turns?: TurnPlacing | null;
}

export type AcceptedRun = Pick<
  RunsTable,
  'id' | 'owner' | 'language_id' | 'language_version' | 'isolation' | 'metadata' | 'created_at_ms'
> &
  Readonly<Pick<RunsTable, 'batch_id' | 'batch_position'>> & {
    readonly lane: TurnsTable['lane'];
    readonly spec: Uint8Array;
    readonly hasCallback: boolean;
  };

/** A statement for each run of a large batch would cost a round trip each; all in one would pass the bounds on parameters. */
export const ROWS_AT_ONCE = 100;

/**
 * Another process stored the same idempotency key between this one's look and its write. The transaction is to be undone; a further
 * try finds the other's runs. Databases with one writer never get here.
 */
export class ClaimTaken extends Error {
  override readonly name = 'ClaimTaken';
}

/** Stores new runs, all or none, unless the idempotency key was used before. */
export async function acceptRuns(
  db: Kysely<Tables>,
  {runs, claim, turns = null}: AcceptCommand,
): Promise<AcceptResult> {
  const [first] = runs;
  if (first === undefined) return {kind: 'accepted'};
  if (claim !== null) {
    const earlier = await findClaim(db, claim, first.created_at_ms);
    if (earlier !== null) return earlier;
  }
  for (let start = 0; start < runs.length; start += ROWS_AT_ONCE) {
    const some = runs.slice(start, start + ROWS_AT_ONCE);
    await (turns === null ? insertRuns(db, some) : insertWithTurns(db, some, turns));
  }
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

async function insertRuns(db: Kysely<Tables>, runs: readonly AcceptedRun[]): Promise<void> {
  const rows = runs.map(({spec: _spec, lane: _lane, hasCallback: _hasCallback, ...columns}) => ({
    ...columns,
    state: 'queued' as const,
    attempt: 0,
  }));
  await db.insertInto('runs').values(rows).execute();
  const specs = runs.map(({id, spec}) => ({run_id: id, record: spec}));
  await db.insertInto('run_specs').values(specs).execute();
  const callbacks = runs
    .filter(({hasCallback}) => hasCallback)
    .map(({id, owner}) => ({run_id: id, owner, tries: 0, due_at_ms: null}));
  if (callbacks.length > 0) await db.insertInto('callbacks').values(callbacks).execute();
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
  const {numInsertedOrUpdatedRows} = await db
    .insertInto('idempotency_keys')
    .values({owner: claim.owner, key: claim.key, ...content})
    .onConflict((conflict) =>
      conflict
        .columns(['owner', 'key'])
        .doUpdateSet(content)
        // Looked at when the row is locked, so of two writers of one key the second is told.
        .where('idempotency_keys.expires_at_ms', '<=', runs[0]?.created_at_ms ?? 0),
    )
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n)
    throw new ClaimTaken(`Another process has just used the idempotency key "${claim.key}".`);
}
