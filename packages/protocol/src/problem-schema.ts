import {type Static, Type} from 'typebox';
import {ERROR_CODES, type ErrorCode} from './errors.ts';

// Object.keys of a constant table: the keys are exactly its codes.
const codes = Object.keys(ERROR_CODES) as ErrorCode[];

/** Body of every answer that is an error: `application/problem+json`, RFC 9457. */
export const PROBLEM_SCHEMA = Type.Object(
  {
    type: Type.String({description: 'Identifies the kind of problem; ends in its code.'}),
    title: Type.String({description: 'What the code means.'}),
    status: Type.Integer({minimum: 400, maximum: 599}),
    detail: Type.String({description: 'What was attempted, the value, the rule and the next step.'}),
    code: Type.Enum(codes),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {path: Type.String({description: 'JSON pointer into the body.'}), message: Type.String()},
          {additionalProperties: false},
        ),
      ),
    ),
  },
  {additionalProperties: false, title: 'Problem'},
);
export type Problem = Static<typeof PROBLEM_SCHEMA>;
