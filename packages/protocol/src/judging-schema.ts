import {Type} from 'typebox';
import {OUTCOMES} from './outcome.ts';
import {STEP_SCHEMA} from './step-schema.ts';

const closed = {additionalProperties: false} as const;

/** One finished (or skipped) test, as JSON Schema. */
export const TEST_RESULT_SCHEMA = Type.Object(
  {
    name: Type.String(),
    outcome: Type.Enum([...OUTCOMES, 'skipped']),
    run: Type.Union([STEP_SCHEMA, Type.Null()], {description: 'Null when the program was not started.'}),
    message: Type.Optional(Type.String({description: 'Why, in words: of the checker, or ours.'})),
    transcript: Type.Optional(
      Type.String({
        description:
          'What program and interactor said, lines of the program after "> ", of the interactor after "< "; bounded.',
      }),
    ),
  },
  {...closed, title: 'TestResult'},
);

export const SCORE_SCHEMA = Type.Object(
  {points: Type.Number(), possible: Type.Number()},
  {...closed, description: 'Weights of the passed tests, and of all.'},
);
