import type {Kysely} from 'kysely';
import type {RunsTable, Tables} from '../schema/tables.ts';

/** A run as lists show it: without its spec. */
export interface ListedRun {
  readonly row: RunsTable;
  readonly result: Uint8Array | null;
}

/** Adds results in order until the next one would pass `maxBytes` in total. The first run always fits. */
export async function withResults(
  db: Kysely<Tables>,
  rows: readonly RunsTable[],
  {maxBytes}: {readonly maxBytes: number},
): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  let bytes = 0;
  for (const row of rows) {
    const result = row.state === 'finished' ? await readResult(db, row.id) : null;
    bytes += result?.byteLength ?? 0;
    if (bytes > maxBytes && runs.length > 0) break;
    runs.push({row, result});
  }
  return runs;
}

async function readResult(db: Kysely<Tables>, runId: string): Promise<Uint8Array | null> {
  const found = await db
    .selectFrom('run_results')
    .select('record')
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return found?.record ?? null;
}
