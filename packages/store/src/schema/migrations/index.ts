import type {Migration} from 'kysely/migration';
import type {ColumnTypes} from '../column-types.ts';
import {createRuns} from './0001-runs.ts';
import {createTurns} from './0002-turns.ts';
import {addTraceContext} from './0003-trace-context.ts';
import {createToldStatuses} from './0004-told-statuses.ts';

/**
 * Every change of the schema, by number. A released migration is never edited: databases that have it will not run it again.
 */
export function allMigrations(types: ColumnTypes): Record<string, Migration> {
  return {
    '0001-runs': createRuns(types),
    '0002-turns': createTurns(types),
    '0003-trace-context': addTraceContext(),
    '0004-told-statuses': createToldStatuses(types),
  };
}
