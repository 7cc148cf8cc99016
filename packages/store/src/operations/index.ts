import type {Kysely} from 'kysely';
import type {Tables} from '../schema/tables.ts';
import {acceptRuns} from './accept-runs.ts';
import {readDueCallbacks, recordCallback} from './callbacks.ts';
import {checkStore} from './check-store.ts';
import {deleteFinished} from './delete-finished.ts';
import {finishRun} from './finish-run.ts';
import {listRuns} from './list-runs.ts';
import {readBatch} from './read-batch.ts';
import {readRun} from './read-run.ts';
import {recordRun} from './record-run.ts';
import {startRun} from './start-run.ts';
import {readTold, recordTold} from './told-statuses.ts';
import {countUnfinished, readUnfinished} from './unfinished-runs.ts';

/** Operations that need a transaction and durability. */
export const WRITES = {
  acceptRuns,
  startRun,
  finishRun,
  recordRun,
  recordCallback,
  recordTold,
  deleteFinished,
  checkStore,
} as const;

/** Operations that only look. */
export const READS = {
  readRun,
  listRuns,
  readBatch,
  readUnfinished,
  countUnfinished,
  readDueCallbacks,
  readTold,
} as const;

type Operations = typeof WRITES & typeof READS;
export type OperationName = keyof Operations;
export type CommandOf<Name extends OperationName> = Parameters<Operations[Name]>[1];
export type AnswerOf<Name extends OperationName> = Awaited<ReturnType<Operations[Name]>>;

/** An operation to carry out, as data. */
export type Command = {
  [Name in OperationName]: {readonly name: Name; readonly input: CommandOf<Name>};
}[OperationName];

export function isWrite(name: OperationName): name is keyof typeof WRITES {
  return name in WRITES;
}

/** Carries out one operation. The caller owns the transaction. */
export async function execute(db: Kysely<Tables>, {name, input}: Command): Promise<unknown> {
  const operation = {...WRITES, ...READS}[name];
  // `Command` pairs each name with its own input; the compiler loses that pairing when it indexes by a union.
  return await (operation as (db: Kysely<Tables>, input: unknown) => Promise<unknown>)(db, input);
}
