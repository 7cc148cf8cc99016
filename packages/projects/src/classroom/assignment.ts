import {type FieldProblem, RUN_REQUEST_SCHEMA, SandglassError} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';
import {PROGRAM_SCHEMA, type Program} from '../project.ts';
import {MAX_NAME_CHARACTERS, nameProblem} from '../text-rules.ts';

const closed = {additionalProperties: false} as const;
/** Roughly twenty pages. */
const MAX_INSTRUCTIONS = 50_000;
const MAX_SUBTASK_CHARACTERS = 100;
/** Past this number of tries a program is found by trying, not by thinking. */
export const MAX_ATTEMPTS = 500;

/** What a student is told of a judged submission: nothing, the points, or also how each test ended. Never what is in a test. */
export const FEEDBACKS = ['none', 'score', 'tests'] as const;
export type Feedback = (typeof FEEDBACKS)[number];

const {tests, checker, interactor} = RUN_REQUEST_SCHEMA.properties;
const HIDDEN_TEST = Type.Object(
  {
    ...tests.items.properties,
    subtask: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_SUBTASK_CHARACTERS,
        description: 'Tests of one subtask give their points only together.',
      }),
    ),
  },
  closed,
);
export const HIDDEN_JUDGING = Type.Object(
  {tests: Type.Array(HIDDEN_TEST, {minItems: 1, maxItems: 1000}), checker, interactor},
  {...closed, title: 'HiddenJudging', description: 'Tests as of a judged run; students never see them.'},
);
export type HiddenJudging = Static<typeof HIDDEN_JUDGING>;
export type HiddenTest = HiddenJudging['tests'][number];

export const ASSIGNMENT_BODY = Type.Object(
  {
    title: Type.String(),
    instructions: Type.Optional(Type.String({maxLength: MAX_INSTRUCTIONS, default: ''})),
    template: PROGRAM_SCHEMA,
    judging: HIDDEN_JUDGING,
    feedback: Type.Optional(
      Type.Enum([...FEEDBACKS], {
        default: 'score',
        description:
          'What students are told: nothing, their points, or also how each test ended (by number, never its content).',
      }),
    ),
    maxAttempts: Type.Optional(
      Type.Union([Type.Integer({minimum: 1, maximum: MAX_ATTEMPTS}), Type.Null()], {
        description: `Submissions of one student; null: ${MAX_ATTEMPTS}.`,
      }),
    ),
    opensAt: Type.Optional(Type.Union([Type.String({format: 'date-time'}), Type.Null()])),
    dueAt: Type.Optional(Type.Union([Type.String({format: 'date-time'}), Type.Null()])),
  },
  {...closed, title: 'AssignmentRequest'},
);
export type AssignmentBody = Static<typeof ASSIGNMENT_BODY>;

/** An assignment as its teacher has it. */
export interface Assignment {
  readonly id: string;
  readonly groupId: string;
  readonly title: string;
  readonly instructions: string;
  readonly template: Program;
  readonly judging: HiddenJudging;
  readonly possible: number;
  readonly feedback: Feedback;
  readonly maxAttempts: number | null;
  readonly opensAtMs: number | null;
  readonly dueAtMs: number | null;
  /** Counts changes from 1. */
  readonly revision: number;
}

/** What of an assignment is kept, checked. Throws `invalid-request`. */
export function readAssignment({
  title,
  instructions = '',
  template,
  judging,
  feedback = 'score',
  maxAttempts = null,
  opensAt = null,
  dueAt = null,
}: AssignmentBody): Omit<Assignment, 'id' | 'groupId' | 'revision'> {
  const opensAtMs = opensAt === null ? null : Date.parse(opensAt);
  const dueAtMs = dueAt === null ? null : Date.parse(dueAt);
  const titleProblem = nameProblem(title.trim());
  const problems: FieldProblem[] = titleProblem === null ? [] : [{path: '/title', message: titleProblem}];
  if (!instructions.isWellFormed() || instructions.includes('\0'))
    problems.push({path: '/instructions', message: 'is not text'});
  if (opensAtMs !== null && dueAtMs !== null && dueAtMs <= opensAtMs)
    problems.push({path: '/dueAt', message: 'must be after opensAt'});
  const [first] = problems;
  if (first !== undefined)
    throw new SandglassError(
      'invalid-request',
      `Cannot keep the assignment: ${first.path} ${first.message}.`,
      {fields: problems},
    );
  const possible = judging.tests.reduce((sum, {weight = 1}) => sum + weight, 0);
  return {
    title: title.trim().slice(0, MAX_NAME_CHARACTERS),
    instructions,
    template,
    judging,
    possible,
    feedback,
    maxAttempts,
    opensAtMs,
    dueAtMs,
  };
}

/** Whether a student may begin and submit. */
export type Phase = 'not-open' | 'open' | 'closed';

export function phaseOf(
  {opensAtMs, dueAtMs}: Pick<Assignment, 'opensAtMs' | 'dueAtMs'>,
  nowMs: number,
): Phase {
  if (opensAtMs !== null && nowMs < opensAtMs) return 'not-open';
  return dueAtMs !== null && nowMs >= dueAtMs ? 'closed' : 'open';
}
