import {readdir, readFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {RunRequest} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

type Tests = NonNullable<RunRequest['tests']>;

/** How archives of contest problems name the answers to `NAME.in`. */
const ANSWER_ENDINGS = ['.out', '.ans'];

/**
 * The tests of a folder: each `NAME.in` with its `NAME.out` or `NAME.ans`, in the order of their numbers. An input without an answer is an
 * error unless `mayLackAnswers` (an interactor, or a checker that needs none).
 */
export async function readTests(
  folder: string,
  {mayLackAnswers}: {readonly mayLackAnswers: boolean},
): Promise<Tests> {
  const names = await listed(folder);
  const inputs = names.filter((name) => name.endsWith('.in')).map((name) => basename(name, '.in'));
  if (inputs.length === 0)
    throw new CliError(
      EXIT_CODES.noInput,
      `Cannot judge with ${folder}: no file there ends in .in. Tests are pairs such as 1.in and 1.out (or 1.ans).`,
    );
  const present = new Set(names);
  return await Promise.all(
    inputs.sort(byNumber).map(async (name) => {
      const answer = ANSWER_ENDINGS.map((ending) => `${name}${ending}`).find((file) => present.has(file));
      if (answer === undefined && !mayLackAnswers)
        throw new CliError(
          EXIT_CODES.noInput,
          `Cannot judge with ${folder}: ${name}.in has no answer; put ${name}.out or ${name}.ans beside it.`,
        );
      const input = await readFile(join(folder, `${name}.in`));
      const expected = answer === undefined ? undefined : await readFile(join(folder, answer));
      return {
        name,
        stdinBase64: input.toString('base64'),
        ...(expected === undefined ? {} : {expectedBase64: expected.toString('base64')}),
      };
    }),
  );
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new CliError(EXIT_CODES.noInput, `Cannot read the tests in ${folder}: ${error}.`, {cause: error});
  }
}

/** `2` before `10`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', {numeric: true});
}
