import {decodeBase64, SandglassError, schemaProblems} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';
import {Compile} from 'typebox/compile';
import {parseJson} from '../http/parse-json.ts';

const closed = {additionalProperties: false} as const;
/** winsize holds 16-bit numbers (ioctl_tty(2)). */
const size = {
  columns: Type.Integer({minimum: 1, maximum: 65_535}),
  rows: Type.Integer({minimum: 1, maximum: 65_535}),
};

const SCHEMAS = {
  start: Type.Object(
    {kind: Type.Literal('start'), run: Type.Unknown(), terminal: Type.Optional(Type.Object(size, closed))},
    closed,
  ),
  stdin: Type.Object(
    {
      kind: Type.Literal('stdin'),
      data: Type.Optional(Type.String()),
      dataBase64: Type.Optional(Type.String()),
    },
    closed,
  ),
  eof: Type.Object({kind: Type.Literal('eof')}, closed),
  resize: Type.Object({kind: Type.Literal('resize'), ...size}, closed),
  signal: Type.Object(
    {kind: Type.Literal('signal'), signal: Type.String({minLength: 1, maxLength: 32})},
    closed,
  ),
  stop: Type.Object({kind: Type.Literal('stop')}, closed),
};

const KINDS = Object.keys(SCHEMAS);
const VALIDATORS = new Map(Object.entries(SCHEMAS).map(([kind, schema]) => [kind, Compile(schema)]));

type Parsed = {[Kind in keyof typeof SCHEMAS]: Static<(typeof SCHEMAS)[Kind]>};
/** What a client of `/v1/live` may say. */
export type ClientMessage =
  | Exclude<Parsed[keyof Parsed], {kind: 'stdin'}>
  | {readonly kind: 'stdin'; readonly bytes: Uint8Array};

/** Throws `malformed-json` or `invalid-request`, which end the session. */
export function parseClientMessage(text: string): ClientMessage {
  const value = parseJson(text, 'message');
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  const validator = typeof kind === 'string' ? VALIDATORS.get(kind) : undefined;
  if (validator === undefined)
    throw invalid('/kind', `is ${describe(kind)} but must be one of ${KINDS.join(', ')}`);
  const [problem] = schemaProblems(validator, value);
  if (problem !== undefined) throw invalid(problem.path, problem.message);
  const message = value as Parsed[keyof Parsed]; // The validator of its kind has just accepted it.
  return message.kind === 'stdin' ? {kind: 'stdin', bytes: inputBytes(message)} : message;
}

function inputBytes({data, dataBase64}: Parsed['stdin']): Uint8Array {
  if (data !== undefined && dataBase64 === undefined) return Buffer.from(data);
  if (dataBase64 === undefined || data !== undefined)
    throw invalid('/data', 'must be given as exactly one of "data" and "dataBase64"');
  const bytes = decodeBase64(dataBase64);
  if (bytes === null) throw invalid('/dataBase64', 'is not base64');
  return bytes;
}

function invalid(path: string, message: string): SandglassError {
  return new SandglassError('invalid-request', `Cannot read the message: ${path} ${message}.`, {
    fields: [{path, message}],
  });
}

function describe(kind: unknown): string {
  return typeof kind === 'string' ? JSON.stringify(kind.slice(0, 64)) : 'missing';
}
