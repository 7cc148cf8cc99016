import type {DriverName, Outcome} from '@sandglass/protocol';

/**
 * The tables as SQL sees them; one schema for every database. Times are milliseconds since 1970 (UTC), because numbers
 * order the same under every collation. Large things live in tables of their own, so that listing reads narrow rows only.
 */
export interface Tables {
  runs: RunsTable;
  run_specs: RecordTable;
  run_results: RecordTable;
  callbacks: CallbacksTable;
  idempotency_keys: IdempotencyKeysTable;
  store_checks: StoreChecksTable;
}

export interface RunsTable {
  id: string;
  owner: string;
  /** `compiling` is a matter of moments and known to the worker only; a started run is `running` here. */
  state: 'queued' | 'running' | 'finished';
  outcome: Outcome | null;
  language_id: string;
  language_version: string;
  /** As requested; what was really enforced is part of the result. */
  isolation: 'auto' | DriverName;
  /** JSON of the request's `metadata`, here because each answer about a run returns it. */
  metadata: string;
  batch_id: string | null;
  /** From 0, in request order; null without a batch. */
  batch_position: number | null;
  /** The latest attempt that took the run; 0 before the first. */
  attempt: number;
  created_at_ms: number;
  /** When the first attempt began. */
  started_at_ms: number | null;
  finished_at_ms: number | null;
}

/** A spec or a result in the format of `record/record-format.ts`. */
export interface RecordTable {
  run_id: string;
  record: Uint8Array;
}

export interface CallbacksTable {
  run_id: string;
  owner: string;
  tries: number;
  /** Null until the run is finished. */
  due_at_ms: number | null;
}

export interface IdempotencyKeysTable {
  owner: string;
  key: string;
  request_hash: string;
  expires_at_ms: number;
  /** Deleting this run frees the key: an answer cannot name runs that are gone. */
  first_run_id: string;
  /** JSON array of strings, in request order. */
  run_ids: string;
}

/** One row, written by readiness checks to prove that writing works. */
export interface StoreChecksTable {
  id: number;
  checks: number;
}
