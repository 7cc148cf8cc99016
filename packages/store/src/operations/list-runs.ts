import type {Outcome, RunState} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {ListPosition} from '../run/list-cursor.ts';
import type {RunsTable, Tables} from '../schema/tables.ts';
import {type ListedRun, withResults} from './with-results.ts';

/**
 * A filter that matches little would read an owner's whole history in one go, with every commit waiting behind it. So a page
 * looks at this many runs at most; when it ends early its cursor goes on from there.
 */
const MAX_SCANNED_ROWS = 10_000;

/** Results in one page, together; the first run is always there, however large. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

export interface ListCommand {
  readonly owner: string;
  readonly filter: {
    readonly state: RunState | null;
    readonly outcome: Outcome | null;
    readonly language: string | null;
  };
  readonly after: ListPosition | null;
  readonly limit: number;
}

export interface ListAnswer {
  readonly runs: readonly ListedRun[];
  readonly next: ListPosition | null;
}

/** Newest first. A page can hold fewer runs than `limit` and still have a next one. */
export async function listRuns(db: Kysely<Tables>, command: ListCommand): Promise<ListAnswer> {
  const lastScanned = await findScanEnd(db, command);
  const rows = await selectPage(db, command, lastScanned);
  const page = rows.slice(0, command.limit);
  const runs = await withResults(db, page, {maxBytes: MAX_PAGE_BYTES});
  if (runs.length < rows.length) return {runs, next: positionOf(runs.at(-1)?.row)};
  return {runs, next: lastScanned};
}

async function findScanEnd(
  db: Kysely<Tables>,
  {owner, after, filter}: ListCommand,
): Promise<ListPosition | null> {
  // Without a filter every row read is a row returned.
  if (filter.state === null && filter.outcome === null && filter.language === null) return null;
  const row = await ownRuns(db, owner, after)
    .select(['created_at_ms', 'id'])
    .limit(1)
    .offset(MAX_SCANNED_ROWS - 1)
    .executeTakeFirst();
  return row === undefined ? null : {createdAtMs: row.created_at_ms, id: row.id};
}

async function selectPage(
  db: Kysely<Tables>,
  {owner, after, filter, limit}: ListCommand,
  lastScanned: ListPosition | null,
): Promise<RunsTable[]> {
  let query = ownRuns(db, owner, after).selectAll();
  if (filter.state === 'compiling') return [];
  if (filter.state !== null) query = query.where('state', '=', filter.state);
  if (filter.outcome !== null) query = query.where('outcome', '=', filter.outcome);
  if (filter.language !== null) query = query.where('language_id', '=', filter.language);
  if (lastScanned !== null) {
    const {createdAtMs, id} = lastScanned;
    query = query.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '>=', eb.tuple(createdAtMs, id)));
  }
  // One more than asked for tells whether there is a next page.
  return await query.limit(limit + 1).execute();
}

/** All runs of an owner after a position, newest first: the order of the index `runs_by_owner`, read backwards. */
function ownRuns(db: Kysely<Tables>, owner: string, after: ListPosition | null) {
  const query = db
    .selectFrom('runs')
    .where('owner', '=', owner)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc');
  if (after === null) return query;
  return query.where((eb) =>
    eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(after.createdAtMs, after.id)),
  );
}

function positionOf(row: RunsTable | undefined): ListPosition | null {
  return row === undefined ? null : {createdAtMs: row.created_at_ms, id: row.id};
}
