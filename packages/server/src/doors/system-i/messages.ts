import {SandglassError, schemaProblems} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';
import {Compile} from 'typebox/compile';
import {parseJson} from '../../http/parse-json.ts';

// Open objects: clients send a file name and commands besides, which the original ignored as well.
const SCHEMAS = {
  code: Type.Object({type: Type.Literal('code'), language: Type.String(), source: Type.String()}),
  input: Type.Object({type: Type.Literal('input'), data: Type.String()}),
  exit: Type.Object({type: Type.Literal('exit')}),
};

const TYPES = Object.keys(SCHEMAS);
const VALIDATORS = new Map(Object.entries(SCHEMAS).map(([type, schema]) => [type, Compile(schema)]));

/** What a client of system I says. */
export type ClientMessage = Static<(typeof SCHEMAS)[keyof typeof SCHEMAS]>;

/** What it is told. */
export type ServerMessage =
  | {readonly type: 'compile_success'; readonly stdout: string}
  | {readonly type: 'compile_error'; readonly stderr: string}
  | {readonly type: 'stdout' | 'stderr' | 'echo'; readonly data: string}
  | {readonly type: 'exit'; readonly return_code: number; readonly error: string}
  | {readonly type: 'exit'; readonly data: 'Process exit'}
  | {readonly type: 'error'; readonly error: string};

/** Throws `malformed-json` or `invalid-request`, which end the session. */
export function parseClientMessage(text: string): ClientMessage {
  const value = parseJson(text, 'message');
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  const validator = typeof type === 'string' ? VALIDATORS.get(type) : undefined;
  if (validator === undefined) {
    const given = typeof type === 'string' ? JSON.stringify(type.slice(0, 64)) : 'missing';
    throw invalidMessage(`its type is ${given} but must be one of ${TYPES.join(', ')}`);
  }
  const [problem] = schemaProblems(validator, value);
  if (problem !== undefined) throw invalidMessage(`${problem.path} ${problem.message}`);
  return value as ClientMessage; // The validator of its type has just accepted it.
}

/** A message that the protocol has no room for: what is wrong with it. */
export function invalidMessage(reason: string): SandglassError {
  return new SandglassError('invalid-request', `Cannot read the message: ${reason}.`);
}
