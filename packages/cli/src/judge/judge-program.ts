import {readFile} from 'node:fs/promises';
import type {RunRequest} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {abortOnSignals} from '../run/abort-on-signals.ts';
import {findLanguage, type KnownLanguage} from '../run/find-language.ts';
import {openRunner} from '../run/open-runner.ts';
import {readSources} from '../run/read-sources.ts';
import {parseLimits} from '../run/request-from-options.ts';
import {readTests} from './read-tests.ts';
import {verdictLines} from './verdict-table.ts';

/** The options of `sandglass judge` as commander hands them over. */
export interface JudgeCommandOptions {
  readonly tests: string;
  readonly lang?: string;
  /** `exact`, `trim`, `tokens`, `float`, `float:1e-9`, or the path of a program. */
  readonly checker?: string;
  readonly interactor?: string;
  readonly limit: readonly string[];
  readonly cpuPinning?: boolean;
  readonly stopOnFailure: boolean;
  readonly json: boolean;
  readonly server?: string;
}

/** `sandglass judge`: runs a program on every test of a folder. Returns 0 only if all passed, 1 if not, 65 if nothing compiled. */
export async function judgeProgram(paths: readonly string[], options: JudgeCommandOptions): Promise<number> {
  const {files, firstFile} = await readSources(paths);
  if (firstFile === null)
    throw new CliError(EXIT_CODES.usage, `Cannot judge ${paths[0]}: name the file to start first.`);
  const tests = await readTests(options.tests, {
    mayLackAnswers: options.interactor !== undefined || isProgram(options.checker),
  });
  const stop = new AbortController();
  using _ = abortOnSignals(stop);
  await using runner = await openRunner(options.server);
  const languages = await runner.languages();
  const request: RunRequest = {
    language: options.lang ?? findLanguage(firstFile, languages),
    files,
    entry: firstFile,
    tests,
    stopOnFailure: options.stopOnFailure,
    limits: {...parseLimits(options.limit), ...(options.cpuPinning ? {cpuPinning: true} : {})},
    ...(options.checker === undefined ? {} : {checker: await readChecker(options.checker, languages)}),
    ...(options.interactor === undefined
      ? {}
      : {interactor: await readProgram(options.interactor, languages)}),
  };
  const silent = async () => {};
  const result = await runner.run(request, {
    signal: stop.signal,
    onOutput: silent,
    onCompiled: async (text) => void process.stderr.write(text),
  });
  const lines = options.json ? [JSON.stringify(result, null, 2)] : verdictLines(result, process.stdout);
  process.stdout.write(`${lines.join('\n')}\n`);
  if (result.outcome === 'internal-error') return EXIT_CODES.internal;
  if (result.outcome === 'compile-error') return EXIT_CODES.compileError;
  return result.outcome === 'ok' ? 0 : 1;
}

async function readChecker(
  text: string,
  languages: readonly KnownLanguage[],
): Promise<NonNullable<RunRequest['checker']>> {
  if (isProgram(text)) return {kind: 'program', ...(await readProgram(text, languages))};
  const [kind, epsilon] = text.split(':');
  if (kind === 'float') return epsilon === undefined ? {kind} : {kind, epsilon: parseEpsilon(epsilon)};
  // `isProgram` has left these.
  return {kind: kind as 'exact' | 'trim' | 'tokens'};
}

function isProgram(text: string | undefined): boolean {
  return text !== undefined && !/^(exact|trim|tokens|float(:.*)?)$/.test(text);
}

function parseEpsilon(text: string): number {
  const epsilon = Number(text);
  if (text.trim() !== '' && Number.isFinite(epsilon) && epsilon >= 0) return epsilon;
  throw new CliError(
    EXIT_CODES.usage,
    `Cannot compare with float:${text}: the part behind the colon must be a number of at least 0, such as 1e-6.`,
  );
}

async function readProgram(path: string, languages: readonly KnownLanguage[]) {
  try {
    return {language: findLanguage(path, languages), code: await readFile(path, 'utf8')};
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(EXIT_CODES.noInput, `Cannot read ${path}: ${error}.`, {cause: error});
  }
}
