import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import {type ListedRun, withResults} from './with-results.ts';

/** Results of a whole batch in one answer, together. */
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

export interface BatchCommand {
  readonly batchId: string;
  readonly owner: string;
}

export type BatchAnswer =
  | {readonly kind: 'found'; readonly runs: readonly ListedRun[]}
  | {readonly kind: 'unknown'}
  | {readonly kind: 'too-large'; readonly maxBytes: number};

/** The runs of a batch in request order. */
export async function readBatch(db: Kysely<Tables>, {batchId, owner}: BatchCommand): Promise<BatchAnswer> {
  const rows = await db
    .selectFrom('runs')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('owner', '=', owner)
    .orderBy('batch_position')
    .execute();
  if (rows.length === 0) return {kind: 'unknown'};
  const runs = await withResults(db, rows, {maxBytes: MAX_BATCH_BYTES});
  if (runs.length < rows.length) return {kind: 'too-large', maxBytes: MAX_BATCH_BYTES};
  return {kind: 'found', runs};
}
