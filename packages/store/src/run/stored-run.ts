import type {Run} from '@sandglass/protocol';
import type {AcceptedRun} from '../operations/accept-runs.ts';
import type {RunRow} from '../operations/read-run.ts';
import type {ListedRun} from '../operations/with-results.ts';
import {decodeResult} from '../record/result-record.ts';
import {decodeSpec, encodeSpec} from '../record/spec-record.ts';
import type {NewRun, StoredRun} from '../run-store.ts';
import type {RunsTable} from '../schema/tables.ts';
import {composeRun, type RunFacts} from './compose-run.ts';
import {toMilliseconds, toRfc3339} from './time.ts';

/** A new run as rows; `index` is its place in the request. */
export function toAcceptedRun(run: NewRun, index: number): AcceptedRun {
  return {
    id: run.id,
    owner: run.owner,
    language_id: run.language.id,
    language_version: run.language.version,
    isolation: run.spec.isolation,
    metadata: JSON.stringify(run.spec.metadata),
    batch_id: run.batchId,
    batch_position: run.batchId === null ? null : index,
    created_at_ms: toMilliseconds(run.createdAt),
    lane: run.spec.priority === 'interactive' ? 0 : 1,
    spec: encodeSpec(run.spec),
    hasCallback: run.spec.callback !== null,
  };
}

/** Throws `store-failed` when a record is damaged. */
export function toStoredRun({row, spec, result}: RunRow): StoredRun {
  const run = toListedRun({row, result});
  return {owner: row.owner, run, spec: decodeSpec(spec, run.metadata)};
}

/** Throws `store-failed` when the result is damaged. */
export function toListedRun({row, result}: ListedRun): Run {
  return composeRun(toFacts(row), result === null ? null : decodeResult(result));
}

function toFacts(row: RunsTable): RunFacts {
  return {
    id: row.id,
    state: row.state,
    language: {id: row.language_id, version: row.language_version},
    isolation: row.isolation,
    // Written by toAcceptedRun only.
    metadata: JSON.parse(row.metadata) as RunFacts['metadata'],
    createdAt: toRfc3339(row.created_at_ms),
    startedAt: row.started_at_ms === null ? null : toRfc3339(row.started_at_ms),
    finishedAt: row.finished_at_ms === null ? null : toRfc3339(row.finished_at_ms),
    attempts: row.attempt,
  };
}
