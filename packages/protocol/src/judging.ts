import type {Limits} from './limits.ts';
import type {Outcome} from './outcome.ts';
import type {Step} from './run.ts';

/** What a test ended with: as a run, or `skipped` when it was left unrun after a failure or a cancellation. */
export type TestOutcome = Outcome | 'skipped';

/** One test of a judged run, complete. */
export interface TestSpec {
  readonly name: string;
  readonly stdin: Uint8Array;
  /** Null: the test passes when the program ends well. */
  readonly expected: Uint8Array | null;
  readonly args: readonly string[];
  readonly limits: Limits;
  /** Share of the score; not negative. */
  readonly weight: number;
}

/** A program of the problem's author that judges the contestant's; sandboxed like every other. */
export interface JudgeProgram {
  readonly language: string;
  readonly code: Uint8Array;
}

export type Checker =
  | {readonly kind: 'exact' | 'trim' | 'tokens'}
  | {readonly kind: 'float'; readonly epsilon: number}
  | ({readonly kind: 'program'} & JudgeProgram);

/** How a run is judged: compiled once, each test in its own fresh sandbox. */
export interface Judging {
  readonly tests: readonly TestSpec[];
  readonly checker: Checker;
  /** Its stdin and stdout are connected to the contestant's; it gives the verdict, and the checker is not asked. */
  readonly interactor: JudgeProgram | null;
  /** Leave the tests that have not begun when one fails. */
  readonly stopOnFailure: boolean;
}

/** One test as clients see it. */
export interface TestResult {
  readonly name: string;
  readonly outcome: TestOutcome;
  /** Null when the program was not started. */
  readonly run: Step | null;
  /** Why, in words: of the checker, or ours. */
  readonly message?: string;
  /** What was said between program and interactor, lines of the program after "> "; the first 16 KiB. */
  readonly transcript?: string;
}

/** Weights of the passed tests, and of all. */
export interface Score {
  readonly points: number;
  readonly possible: number;
}
