import {type Static, type TProperties, Type} from 'typebox';
import {judgingFields} from './judging-request-schema.ts';
import {LIMIT_NAMES, type LimitName} from './limits.ts';
import {DRIVER_NAMES} from './run.ts';

/** More files are a build system's job; the number bounds the work before a sandbox is even asked for. */
export const MAX_FILES = 1000;
export const MAX_ARGS = 1000;
export const MAX_COMPILER_OPTIONS = 100;
export const MAX_ENV_ENTRIES = 200;
export const MAX_ARTIFACT_GLOBS = 50;
export const MAX_NETWORK_TARGETS = 32;

const closed = {additionalProperties: false} as const;
const base64 = (description: string) => Type.String({description, contentEncoding: 'base64'});

const LIMIT_RULES: Record<LimitName, string> = {
  wallTimeMs: 'Wall-clock time, in milliseconds.',
  cpuTimeMs: 'CPU time of all processes together, in milliseconds.',
  memoryBytes: 'Memory of all processes and files together, in bytes.',
  processes: 'Processes and threads alive at once.',
  outputBytes: 'Bytes kept of stdout, and of stderr.',
  fileBytes: 'Largest single file, in bytes.',
  diskBytes: 'All writable space together, in bytes.',
  cpuCount: 'Share of processor cores; 0.5 is half of one.',
};

const limitFields = Object.fromEntries(
  LIMIT_NAMES.map((name) => [
    name,
    Type.Optional(
      name === 'cpuCount'
        ? Type.Number({description: LIMIT_RULES[name]})
        : Type.Integer({description: LIMIT_RULES[name]}),
    ),
  ]),
) as {[Name in LimitName]: ReturnType<typeof Type.Optional<ReturnType<typeof Type.Number>>>}; // fromEntries forgets the keys.

const limits = (description: string) => Type.Object(limitFields, {...closed, description});

const runLimits = Type.Object(
  {
    ...limitFields,
    cpuPinning: Type.Optional(
      Type.Boolean({
        description:
          'Run on a core that nothing else of this server uses meanwhile, for times that can be compared. Waits until one is free; tests of a judged run share one and run one after the other.',
        default: false,
      }),
    ),
  },
  {...closed, description: 'Bounds of the run stage.'},
);

const sourceFile = Type.Object(
  {
    path: Type.String({description: 'Relative to the working directory, "/" between names, no "." or "..".'}),
    content: Type.Optional(Type.String({description: 'Text, stored as UTF-8.'})),
    contentBase64: Type.Optional(base64('Bytes, instead of `content`.')),
  },
  closed,
);

const fields = {
  language: Type.String({
    description: 'Id, alias or `id@version`, ignoring case: `python`, `py`, `c++`, `python@3.11`.',
    minLength: 1,
    maxLength: 64,
  }),
  code: Type.Optional(Type.String({description: "The one source file; its name is the language's default."})),
  files: Type.Optional(
    Type.Array(sourceFile, {description: 'Source files, instead of or beside `code`.', maxItems: MAX_FILES}),
  ),
  entry: Type.Optional(
    Type.String({
      description: "The file to start. Default: the language's default name, else the first file.",
    }),
  ),
  stdin: Type.Optional(Type.String({description: 'Input as text; end of file follows.'})),
  stdinBase64: Type.Optional(base64('Input as bytes, instead of `stdin`.')),
  args: Type.Optional(
    Type.Array(Type.String(), {description: 'Arguments of the program.', maxItems: MAX_ARGS}),
  ),
  env: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      additionalProperties: {type: 'string'},
      description: 'Environment of the program, beside what the language sets.',
    }),
  ),
  compilerOptions: Type.Optional(
    Type.Array(Type.String(), {
      description: "Appended to the compiler's own.",
      maxItems: MAX_COMPILER_OPTIONS,
    }),
  ),
  limits: Type.Optional(runLimits),
  compileLimits: Type.Optional(limits('Bounds of the compile stage.')),
  outputPolicy: Type.Optional(
    Type.Enum(['truncate', 'stop'], {
      description: 'Past `outputBytes`: drop the rest and go on, or end with `output-limit`.',
      default: 'truncate',
    }),
  ),
  network: Type.Optional(
    Type.Union(
      [
        Type.Literal('none'),
        Type.Literal('internet'),
        Type.Object(
          {
            allow: Type.Array(Type.String({pattern: '^[^\\s:]+:[0-9]{1,5}$'}), {
              maxItems: MAX_NETWORK_TARGETS,
            }),
          },
          closed,
        ),
      ],
      {description: '"none", "internet" or {"allow": ["host:port", …]}', default: 'none'},
    ),
  ),
  isolation: Type.Optional(
    Type.Enum(['auto', ...DRIVER_NAMES], {description: 'Isolation level.', default: 'auto'}),
  ),
  image: Type.Optional(
    Type.String({
      description:
        "Image whose toolchains are used, one of those of `GET /v1/info`. Default: the language's.",
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
    }),
  ),
  ...judgingFields(limits('Bounds of this test, beside those of the request.')),
  artifacts: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Globs in the working directory; matching files come back as base64, bounded.',
      maxItems: MAX_ARTIFACT_GLOBS,
    }),
  ),
  cache: Type.Optional(
    Type.Enum(['compile', 'off', 'result'], {description: 'What may be reused.', default: 'compile'}),
  ),
  priority: Type.Optional(
    Type.Enum(['interactive', 'batch'], {
      description: 'Interactive goes first; batch is never starved.',
      default: 'interactive',
    }),
  ),
  callback: Type.Optional(
    Type.Object(
      {
        url: Type.String({description: 'Public http or https address.', minLength: 1, maxLength: 2048}),
        secret: Type.Optional(
          Type.String({description: 'Key of the HMAC-SHA256 signature.', minLength: 1, maxLength: 1024}),
        ),
      },
      {...closed, description: 'Where the finished run is posted to.'},
    ),
  ),
  metadata: Type.Optional(
    Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      description: 'Returned as given, at most 4 KiB of JSON.',
    }),
  ),
} as const satisfies TProperties;

/** The request of `POST /v1/runs` as JSON Schema: the one source of its type, its validation and its page in the API description. */
export const RUN_REQUEST_SCHEMA = Type.Object(fields, {...closed, title: 'RunRequest'});
export type RunRequest = Static<typeof RUN_REQUEST_SCHEMA>;
