import {PROGRAM_SCHEMA} from '@sandglass/projects';
import {
  type Assignment,
  SUBMISSION_STATES,
  type Submission,
  type SubmissionWithProgram,
} from '@sandglass/projects/classroom';
import {Type} from 'typebox';
import {closed, dateTime, uuid} from '../accounts/account-parts.ts';
import {rfc3339} from './classroom-parts.ts';

const textOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], {description});

const testGrade = Type.Object(
  {
    number: Type.Integer(),
    subtask: textOrNull('Its tests give their points only together.'),
    outcome: Type.String(),
    points: Type.Number(),
    possible: Type.Number(),
    name: Type.Optional(Type.String({description: 'For the teacher.'})),
    message: Type.Optional(textOrNull("The checker's words, for the teacher.")),
  },
  {...closed, title: 'TestGrade'},
);
export const SUBMISSION_SCHEMA = Type.Object(
  {
    id: uuid,
    assignmentId: uuid,
    userId: uuid,
    number: Type.Integer({description: 'Counts the submissions of a student from 1.'}),
    state: Type.Enum([...SUBMISSION_STATES]),
    points: Type.Union([Type.Number(), Type.Null()], {
      description: 'Null until it is graded, and for a student who is not told.',
    }),
    possible: Type.Number(),
    submittedAt: dateTime,
    compilerOutput: textOrNull('Of a program that does not compile.'),
    failure: textOrNull('Why it could not be judged; then it counts as no attempt.'),
    tests: Type.Union([Type.Array(testGrade), Type.Null()], {
      description: 'Null for a student who is not told.',
    }),
    program: Type.Optional(
      Type.Union([PROGRAM_SCHEMA, Type.Null()], {
        description: 'For the teacher; kept of the best and of the latest submission.',
      }),
    ),
  },
  {...closed, title: 'Submission'},
);

/** All of it, for the teacher. */
export function showToTeacher(submission: Submission | SubmissionWithProgram) {
  const {report} = submission;
  const program = 'program' in submission ? {program: submission.program} : {};
  return {...showCommon(submission), points: submission.points, tests: report?.tests ?? null, ...program};
}

/** To the student who handed it in: as much as the teacher allows, and nothing that comes out of a test. */
export function showToStudent(submission: Submission, {feedback}: Pick<Assignment, 'feedback'>) {
  const {report, points} = submission;
  const isToldTests = feedback === 'tests' && report !== null;
  return {
    ...showCommon(submission),
    points: feedback === 'none' ? null : points,
    tests: isToldTests
      ? report.tests.map(({number, subtask, outcome, points: earned, possible}) => ({
          number,
          subtask,
          outcome,
          points: earned,
          possible,
        }))
      : null,
  };
}

function showCommon({id, assignmentId, userId, number, state, possible, submittedAtMs, report}: Submission) {
  const problem = report?.problem ?? null;
  return {
    id,
    assignmentId,
    userId,
    number,
    state,
    possible,
    submittedAt: rfc3339(submittedAtMs),
    compilerOutput: problem?.kind === 'compile-error' ? problem.text : null,
    failure: problem?.kind === 'failed' ? problem.text : null,
  };
}
