import {ROWS_AT_ONCE} from './accept-runs.ts';
import type {Command} from './index.ts';

/** Whether a write is one statement, which PostgreSQL makes a transaction of by itself: no `begin` and no `commit` to wait for. */
export function isOneStatement(command: Command): boolean {
  switch (command.name) {
    case 'acceptRuns': {
      const {runs, claim, turns = null} = command.input;
      return turns !== null && claim === null && runs.length <= ROWS_AT_ONCE;
    }
    case 'finishRun':
      return command.input.isShared === true;
    default:
      return false;
  }
}
