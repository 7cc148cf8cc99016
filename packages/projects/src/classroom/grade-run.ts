import type {Run} from '@sandglass/protocol';
import type {HiddenTest} from './assignment.ts';
import type {Report, TestGrade} from './submission.ts';

export type Grade =
  | {readonly state: 'graded'; readonly points: number; readonly report: Report}
  | {readonly state: 'failed'; readonly report: Report};

/** A student has to find his mistake in it, and nobody has to store more. */
const MAX_COMPILER_TEXT = 16_384;
const MAX_MESSAGE = 500;
/** Sums of weights such as 0.1 are not exact. */
const POINT_DIGITS = 6;

/** Points of a judged run: each passed test gives its weight; tests of one subtask give theirs only when all of them passed. */
export function gradeRun(tests: readonly HiddenTest[], run: Run): Grade {
  const failure = failureOf(run);
  if (failure !== null)
    return {state: 'failed', report: {tests: [], problem: {kind: 'failed', text: failure}}};
  const outcomes = tests.map((_, index) => run.tests[index]?.outcome ?? 'skipped');
  const lost = new Set(
    tests.flatMap(({subtask}, index) => (subtask !== undefined && outcomes[index] !== 'ok' ? [subtask] : [])),
  );
  const grades = tests.map((test, index): TestGrade => {
    const {name = String(index + 1), subtask = null, weight = 1} = test;
    const outcome = outcomes[index] ?? 'skipped';
    const isEarned = outcome === 'ok' && (subtask === null || !lost.has(subtask));
    const message = run.tests[index]?.message?.slice(0, MAX_MESSAGE) ?? null;
    return {
      number: index + 1,
      name,
      subtask,
      outcome,
      points: isEarned ? weight : 0,
      possible: weight,
      message,
    };
  });
  const points = Number(grades.reduce((sum, {points}) => sum + points, 0).toFixed(POINT_DIGITS));
  const text = compilerText(run);
  return {
    state: 'graded',
    points,
    report: {tests: grades, problem: text === null ? null : {kind: 'compile-error', text}},
  };
}

/** Why the run says nothing about the program, or null. What compilers say of the teacher's programs is not for students. */
function failureOf({outcome, explanation}: Run): string | null {
  if (outcome === 'internal-error') return 'The server could not judge it.';
  if (outcome === 'cancelled') return 'Judging was cancelled.';
  if (explanation?.code === 'judge-compile-error')
    return 'The checker or interactor of the assignment does not compile.';
  return null;
}

function compilerText({outcome, compile}: Run): string | null {
  if (outcome !== 'compile-error') return null;
  return `${compile?.stdout ?? ''}${compile?.stderr ?? ''}`.slice(0, MAX_COMPILER_TEXT);
}
