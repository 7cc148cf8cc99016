import type {FieldProblem} from './errors.ts';
import {MAX_ENV_ENTRIES, type RunRequest} from './run-request-schema.ts';
import {escapePointer} from './schema-problems.ts';

/** MAX_ARG_STRLEN of execve(2): 32 pages, the final NUL included. */
const MAX_STRING_BYTES = 128 * 1024 - 1;
/** Arguments, options and environment together; well inside the 1 MiB of one agent frame and the kernel's own bound. */
const MAX_TOTAL_BYTES = 512 * 1024;
/** POSIX.1 section 8.1, with lower case allowed as every shell does. */
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

const utf8 = new TextEncoder();

type ProcessTexts = Pick<RunRequest, 'args' | 'compilerOptions' | 'env'>;

/** Says what keeps arguments, compiler options and environment from being handed to execve(2) as they are. */
export function processTextProblems({
  args = [],
  compilerOptions = [],
  env = {},
}: ProcessTexts): FieldProblem[] {
  const texts = [
    ...args.map((text, index) => ({path: `/args/${index}`, text})),
    ...compilerOptions.map((text, index) => ({path: `/compilerOptions/${index}`, text})),
    ...Object.entries(env).map(([name, text]) => ({path: `/env/${escapePointer(name)}`, text})),
  ];
  return [...texts.flatMap(textProblems), ...envProblems(Object.keys(env)), ...totalProblems(texts)];
}

function textProblems({path, text}: {path: string; text: string}): FieldProblem[] {
  if (text.includes('\0'))
    return [{path, message: 'holds a NUL character, which ends a string for the kernel'}];
  if (!text.isWellFormed())
    return [{path, message: 'holds half of a surrogate pair, which is not valid Unicode'}];
  if (utf8.encode(text).length > MAX_STRING_BYTES)
    return [{path, message: `is longer than ${MAX_STRING_BYTES} bytes; send it as stdin or as a file`}];
  return [];
}

function envProblems(names: readonly string[]): FieldProblem[] {
  if (names.length > MAX_ENV_ENTRIES)
    return [{path: '/env', message: `must not have more than ${MAX_ENV_ENTRIES} entries`}];
  return names
    .filter((name) => !ENV_NAME.test(name))
    .map((name) => ({
      path: `/env/${escapePointer(name)}`,
      message: 'is not a name of letters, digits and "_" that does not begin with a digit',
    }));
}

function totalProblems(texts: readonly {readonly text: string}[]): FieldProblem[] {
  const total = texts.reduce((sum, {text}) => sum + utf8.encode(text).length, 0);
  if (total <= MAX_TOTAL_BYTES) return [];
  const message = `has ${total} bytes of arguments, options and environment but at most ${MAX_TOTAL_BYTES} are taken`;
  return [{path: '', message}];
}
