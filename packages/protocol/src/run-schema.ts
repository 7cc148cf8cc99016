import {type Static, Type} from 'typebox';
import {SCORE_SCHEMA, TEST_RESULT_SCHEMA} from './judging-schema.ts';
import {LIMIT_NAMES} from './limits.ts';
import {OUTCOMES, RUN_STATES} from './outcome.ts';
import {DRIVER_NAMES} from './run.ts';
import {STEP_SCHEMA} from './step-schema.ts';

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const timestamp = Type.String({format: 'date-time', description: 'RFC 3339, UTC.'});

const explanation = Type.Object(
  {
    code: Type.String(),
    message: Type.String({description: 'What happened, in plain words.'}),
    limit: Type.Optional(Type.Enum([...LIMIT_NAMES])),
    allowed: Type.Optional(Type.Number()),
    peak: Type.Optional(Type.Number()),
  },
  {additionalProperties: false, title: 'Explanation'},
);

const diagnostic = Type.Object(
  {
    file: Type.String(),
    line: Type.Integer(),
    column: Type.Optional(Type.Integer()),
    severity: Type.Enum(['error', 'warning', 'note']),
    message: Type.String(),
  },
  {additionalProperties: false, title: 'Diagnostic'},
);

const artifact = Type.Object(
  {path: Type.String(), contentBase64: Type.String(), truncated: Type.Boolean()},
  {additionalProperties: false, title: 'Artifact'},
);

/** The run as clients see it, as JSON Schema; `Run` in `run.ts` is the same type by name, and a test holds the two equal. */
export const RUN_SCHEMA = Type.Object(
  {
    id: Type.String({format: 'uuid'}),
    state: Type.Enum([...RUN_STATES]),
    outcome: Type.Union([Type.Enum([...OUTCOMES]), Type.Null()], {description: 'Null until finished.'}),
    language: Type.Object({id: Type.String(), version: Type.String()}, {additionalProperties: false}),
    isolation: Type.Object(
      {
        driver: Type.Enum([...DRIVER_NAMES]),
        enforced: Type.Array(Type.String()),
        weaker: Type.Array(Type.String()),
      },
      {additionalProperties: false, description: 'What isolation the run really had.'},
    ),
    compile: nullable(STEP_SCHEMA),
    run: nullable(STEP_SCHEMA),
    tests: Type.Array(TEST_RESULT_SCHEMA),
    score: Type.Optional(SCORE_SCHEMA),
    explanation: nullable(explanation),
    diagnostics: Type.Array(diagnostic),
    artifacts: Type.Array(artifact),
    cached: Type.Object({compile: Type.Boolean(), result: Type.Boolean()}, {additionalProperties: false}),
    metadata: Type.Unsafe<Record<string, unknown>>({type: 'object'}),
    createdAt: timestamp,
    startedAt: nullable(timestamp),
    finishedAt: nullable(timestamp),
    queuedMs: nullable(Type.Number({description: 'From acceptance to start.'})),
    attempts: Type.Integer({minimum: 0}),
    queue: Type.Optional(
      Type.Object(
        {
          position: Type.Integer({minimum: 0, description: 'Runs that are taken before this one.'}),
          estimatedStartAt: nullable(timestamp),
        },
        {
          additionalProperties: false,
          description: 'While the run waits: its place, and when its turn is likely.',
        },
      ),
    ),
  },
  {additionalProperties: false, title: 'Run'},
);
export type RunFromSchema = Static<typeof RUN_SCHEMA>;
