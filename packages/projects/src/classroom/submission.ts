import type {TestOutcome} from '@sandglass/protocol';
import type {Program} from '../project.ts';

/** `failed`: the judge could not do its work; it counts as no attempt. */
export const SUBMISSION_STATES = ['judging', 'graded', 'failed'] as const;
export type SubmissionState = (typeof SUBMISSION_STATES)[number];

/** How one hidden test ended. */
export interface TestGrade {
  /** Place among the tests, from 1: all that a student learns of which test it is. */
  readonly number: number;
  readonly name: string;
  readonly subtask: string | null;
  readonly outcome: TestOutcome;
  readonly points: number;
  readonly possible: number;
  /** The checker's words, for the teacher. */
  readonly message: string | null;
}

/** What is kept of a judged run. */
export interface Report {
  readonly tests: readonly TestGrade[];
  /** What the compiler said to a program that does not compile; else, of a `failed` one, what went wrong. */
  readonly problem: {readonly kind: 'compile-error' | 'failed'; readonly text: string} | null;
}

export interface Submission {
  readonly id: string;
  readonly assignmentId: string;
  readonly userId: string;
  readonly number: number;
  readonly revision: number;
  readonly state: SubmissionState;
  readonly runId: string | null;
  readonly points: number | null;
  readonly possible: number;
  readonly report: Report | null;
  readonly submittedAtMs: number;
}

/** With what was handed in, while it is kept. */
export interface SubmissionWithProgram extends Submission {
  readonly program: Program | null;
}
