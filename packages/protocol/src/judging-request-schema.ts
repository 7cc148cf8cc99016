import {Type} from 'typebox';

/** More tests are several runs; the number bounds what one result can hold. */
export const MAX_TESTS = 1000;
const MAX_TEST_NAME = 200;
const MAX_WEIGHT = 1_000_000;
const MAX_ARGS = 1000;
/** Contest answers are usually asked for with six digits. */
export const DEFAULT_EPSILON = 1e-6;

const closed = {additionalProperties: false} as const;
const base64 = (description: string) => Type.String({description, contentEncoding: 'base64'});

const program = {
  language: Type.String({minLength: 1, maxLength: 64}),
  code: Type.String({minLength: 1}),
};

/** Fields of a run request that make it a judged one. `limits` is the schema of the request's own limits. */
export function judgingFields<Limits extends ReturnType<typeof Type.Object>>(limits: Limits) {
  const test = Type.Object(
    {
      name: Type.Optional(
        Type.String({maxLength: MAX_TEST_NAME, description: 'Default: its number from 1.'}),
      ),
      stdin: Type.Optional(Type.String({description: "Default: the request's `stdin`."})),
      stdinBase64: Type.Optional(base64('Input as bytes, instead of `stdin`.')),
      expected: Type.Optional(
        Type.String({description: 'Without it the test passes when the program ends well.'}),
      ),
      expectedBase64: Type.Optional(base64('Expected output as bytes, instead of `expected`.')),
      args: Type.Optional(
        Type.Array(Type.String(), {maxItems: MAX_ARGS, description: "Instead of the request's."}),
      ),
      limits: Type.Optional(limits),
      weight: Type.Optional(
        Type.Number({minimum: 0, maximum: MAX_WEIGHT, default: 1, description: 'Share of the score.'}),
      ),
    },
    closed,
  );
  return {
    tests: Type.Optional(
      Type.Array(test, {
        maxItems: MAX_TESTS,
        description: 'Compile once, run each in its own fresh sandbox; names must differ.',
      }),
    ),
    checker: Type.Optional(
      Type.Union(
        [
          Type.Object({kind: Type.Enum(['exact', 'trim', 'tokens'])}, closed),
          Type.Object(
            {
              kind: Type.Literal('float'),
              epsilon: Type.Optional(Type.Number({minimum: 0, default: DEFAULT_EPSILON})),
            },
            closed,
          ),
          Type.Object({kind: Type.Literal('program'), ...program}, closed),
        ],
        {
          description:
            'How output is compared: byte for byte; without trailing blanks and final newlines (default); word by word; word by word with numbers within an absolute or relative epsilon; or by a program, which gets the paths of input, expected and actual output as arguments and ends with 0 (right) or 1 (wrong).',
          default: {kind: 'trim'},
        },
      ),
    ),
    interactor: Type.Optional(
      Type.Object(program, {
        ...closed,
        description:
          'A program whose stdin and stdout are connected to the judged one. It gets the paths of input and expected output as arguments and ends with 0 (right) or 1 (wrong).',
      }),
    ),
    stopOnFailure: Type.Optional(
      Type.Boolean({default: false, description: 'Leave the remaining tests unrun (`skipped`).'}),
    ),
  };
}
