import type {TestResult} from './judging.ts';
import type {RunState} from './outcome.ts';
import type {Run, Step} from './run.ts';

/** What the engine reports while a run is executed. Chunks are the program's bytes, cut anywhere. */
export type EngineEvent =
  | {readonly kind: 'state'; readonly state: RunState}
  | {readonly kind: 'compiled'; readonly compile: Step}
  | {readonly kind: 'test'; readonly test: TestResult}
  | {
      readonly kind: 'output';
      readonly stream: 'stdout' | 'stderr';
      readonly data: Uint8Array;
      readonly atMs: number;
    };

/** What a subscriber of `GET /v1/runs/:id/events` receives. `seq` counts from 1 within a run. */
export type RunEvent =
  | {readonly seq: number; readonly kind: 'state'; readonly state: RunState}
  | {readonly seq: number; readonly kind: 'compiled'; readonly compile: Step}
  | {readonly seq: number; readonly kind: 'test'; readonly test: TestResult}
  | {
      readonly seq: number;
      readonly kind: 'stdout' | 'stderr';
      readonly data?: string;
      readonly dataBase64?: string;
      readonly atMs: number;
    }
  | {readonly seq: number; readonly kind: 'finished'; readonly run: Run};
