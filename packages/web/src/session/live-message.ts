import type {Problem, Run, RunState, Step, TestResult} from '@sandglass/protocol';

/** What arrives while a run goes on, whichever way it travels (WebSocket or Server-Sent Events). */
export type LiveMessage =
  | {readonly kind: 'accepted'; readonly id: string}
  | {readonly kind: 'state'; readonly state: RunState}
  | {readonly kind: 'compiled'; readonly compile: Step}
  | {
      readonly kind: 'stdout' | 'stderr' | 'terminal';
      readonly data?: string;
      readonly dataBase64?: string;
    }
  | {readonly kind: 'test'; readonly test: TestResult}
  | {readonly kind: 'finished'; readonly run: Run}
  | {readonly kind: 'error'; readonly problem: Problem};
