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
  turns: TurnsTable;
  workers: WorkersTable;
  told_statuses: ToldStatusesTable;
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

/** An unfinished run that any of several workers may take; used only where processes share the database. */
export interface TurnsTable {
  run_id: string;
  owner: string;
  /** 0 interactive, 1 batch. */
  lane: 0 | 1;
  /** Place in the lane: the lowest is next. Owners are interleaved by it, see `operations/insert-with-turns.ts`. */
  turn: number;
  /** Not before this time: pauses after a fault. */
  ready_at_ms: number;
  /** Attempts that ended by a fault of ours. */
  faults: number;
  is_live: 0 | 1;
  /** Somebody talks to the program: it has one attempt. */
  is_attended: 0 | 1;
  is_cancelled: 0 | 1;
  /** Who executes it, until when unless renewed; both null while it waits. */
  worker: string | null;
  lease_until_ms: number | null;
  /** W3C Trace Context of the acceptance, for the spans of whoever takes the run. */
  traceparent: string | null;
}

/** The last thing that was said about a run to whoever sent its job. */
export interface ToldStatusesTable {
  run_id: string;
  status: string;
}

/** A worker that reports itself; gone when it has not for long. */
export interface WorkersTable {
  id: string;
  /** Where other processes reach it. */
  url: string;
  slots: number;
  running: number;
  is_draining: 0 | 1;
  /** JSON: what runs it can execute. */
  abilities: string;
  seen_at_ms: number;
}
