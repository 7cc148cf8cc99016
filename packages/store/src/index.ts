export {LateRunStore} from './late-run-store.ts';
export type {RunChange} from './operations/announce.ts';
export type {ActiveRun} from './operations/unfinished-runs.ts';
export {PostgresRunStore, type PostgresRunStoreOptions} from './postgres/postgres-run-store.ts';
export {composeRun, type RunFacts} from './run/compose-run.ts';
export type {
  AcceptResult,
  IdempotencyClaim,
  NewRun,
  PendingCallback,
  RunEnd,
  RunFilter,
  RunStore,
  StoredRun,
} from './run-store.ts';
export {
  type ChangeNews,
  type ClaimedRun,
  type HeldAttempt,
  LANES,
  type Lane,
  type LostRun,
  type RenewedLease,
  type SharedRunStore,
  type TurnOptions,
  type WaitingDepth,
  type WorkerReport,
} from './shared/shared-run-store.ts';
export {SqliteRunStore, type SqliteRunStoreOptions} from './sqlite/sqlite-run-store.ts';
