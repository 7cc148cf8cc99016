import type {Run, TestOutcome} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {gradeRun} from '../../src/classroom/grade-run.ts';

/** The part of a run that is looked at. */
function runWith(outcomes: readonly TestOutcome[], more: Partial<Run> = {}): Run {
  const tests = outcomes.map((outcome, index) => ({name: String(index), outcome, run: null}));
  return {outcome: 'ok', explanation: null, compile: null, tests, ...more} as Run;
}

describe('a grade', () => {
  it('is the sum of the weights of the passed tests', () => {
    const tests = [{weight: 0.1}, {weight: 0.2}, {weight: 3}, {}];
    const grade = gradeRun(tests, runWith(['ok', 'ok', 'wrong-answer', 'ok']));
    expect(grade).toMatchObject({state: 'graded', points: 1.3});
    expect(grade.report.tests.map(({points, possible}) => [points, possible])).toEqual([
      [0.1, 0.1],
      [0.2, 0.2],
      [0, 3],
      [1, 1],
    ]);
  });

  it('gives the points of a subtask only when all of its tests passed', () => {
    const tests = [{subtask: 'small'}, {subtask: 'small'}, {subtask: 'large', weight: 5}, {weight: 2}];
    expect(gradeRun(tests, runWith(['ok', 'time-limit', 'ok', 'ok']))).toMatchObject({points: 7});
    expect(gradeRun(tests, runWith(['ok', 'ok', 'ok', 'ok']))).toMatchObject({points: 9});
  });

  it('is zero for a program that does not compile, and keeps what the compiler said, bounded', () => {
    const compile = {stdout: '', stderr: 'x'.repeat(50_000)} as Run['compile'];
    const grade = gradeRun([{}], runWith([], {outcome: 'compile-error', compile}));
    expect(grade).toMatchObject({state: 'graded', points: 0});
    expect(grade.report.tests).toMatchObject([{outcome: 'skipped', points: 0}]);
    expect(grade.report.problem?.text).toHaveLength(16_384);
  });

  it.each([
    ['a fault of the server', {outcome: 'internal-error'}],
    ['a cancellation', {outcome: 'cancelled'}],
    [
      'a checker that does not compile',
      {outcome: 'compile-error', explanation: {code: 'judge-compile-error', message: 'SECRET'}},
    ],
  ] as const)('is none after %s', (_, more) => {
    const grade = gradeRun([{}], runWith([], {...more, compile: {stderr: 'SECRET'} as Run['compile']}));
    expect(grade.state).toBe('failed');
    expect(JSON.stringify(grade)).not.toContain('SECRET');
  });
});
