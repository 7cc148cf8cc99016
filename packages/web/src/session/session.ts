import type {Problem, Run, RunState, Step, TestResult} from '@sandglass/protocol';

/** What a program wrote, as far as the page keeps it. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  /** Characters that were dropped from the front of each, so that a talkative program cannot slow the page down. */
  readonly dropped: {readonly stdout: number; readonly stderr: number};
}

export const NO_OUTPUT: Output = {stdout: '', stderr: '', dropped: {stdout: 0, stderr: 0}};

interface Shown {
  readonly output: Output;
  readonly compile: Step | null;
  readonly tests: readonly TestResult[];
}

/** What the right-hand side of the page is about: nothing yet, a run that goes on, or one that ended. */
export type Session =
  | {readonly kind: 'idle'}
  | (Shown & {
      readonly kind: 'active';
      readonly phase: 'connecting' | Exclude<RunState, 'finished'>;
      readonly runId: string | null;
      /** Stop was asked for and has not been answered yet. */
      readonly isStopping: boolean;
    })
  | (Shown & {readonly kind: 'finished'; readonly run: Run})
  | (Shown & {readonly kind: 'failed'; readonly failure: Failure});

/** Why there is no result: Sandglass refused or could not be reached. A program that fails is a result instead. */
export interface Failure {
  readonly title: string;
  readonly message: string;
  readonly fields: readonly {readonly path: string; readonly message: string}[];
}

export const NEW_SESSION: Session = {
  kind: 'active',
  phase: 'connecting',
  runId: null,
  isStopping: false,
  output: NO_OUTPUT,
  compile: null,
  tests: [],
};

export function failureOf({title, detail, errors}: Problem): Failure {
  return {title, message: detail, fields: errors ?? []};
}
