import {basename} from 'node:path';
import type {LimitName, RunRequest} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {findLanguage, type KnownLanguage} from './find-language.ts';
import {parseLimit} from './parse-limit.ts';
import {readSources} from './read-sources.ts';
import {isInputPiped, readStandardInput} from './read-standard-input.ts';

/** The options of `sandglass run` as commander hands them over. */
export interface RunCommandOptions {
  readonly lang?: string;
  readonly entry?: string;
  readonly stdin?: string;
  readonly stdinFile?: string;
  readonly arg: readonly string[];
  readonly env: readonly string[];
  readonly limit: readonly string[];
  readonly cpuPinning?: boolean;
  readonly compileLimit: readonly string[];
  readonly compilerOption: readonly string[];
  readonly artifact: readonly string[];
  readonly artifactDir: string;
  readonly network?: 'none' | 'internet';
  /** Any text; the engine or server refuses an unknown one, naming those that it has. */
  readonly isolation?: NonNullable<RunRequest['isolation']>;
  readonly image?: string;
  readonly cache?: NonNullable<RunRequest['cache']>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly server?: string;
}

/** What is known before the languages are: everything read from files and standard input. */
export interface ReadInput {
  readonly request: Omit<RunRequest, 'language'>;
  /** Whose extension tells the language; null for a program on standard input. */
  readonly mainFile: string | null;
}

/** Reads all that the command line names. `-` as the only file is the program itself on standard input. */
export async function readInput(paths: readonly string[], options: RunCommandOptions): Promise<ReadInput> {
  const common = commonFields(options);
  if (paths.includes('-'))
    return {request: {...common, ...(await readProgramFromInput(paths, options))}, mainFile: null};
  const {files, firstFile} = await readSources(paths);
  const entry = options.entry ?? firstFile;
  return {
    request: {...common, files, ...(entry === null ? {} : {entry}), ...(await readStdin(options))},
    mainFile: entry ?? mainFileOf(files.map(({path}) => path)),
  };
}

/** Completes the request with the language, by name or by the main file's extension. */
export function withLanguage(
  {request, mainFile}: ReadInput,
  {lang, languages}: {readonly lang: string | undefined; readonly languages: readonly KnownLanguage[]},
): RunRequest {
  if (lang !== undefined) return {...request, language: lang};
  if (mainFile === null)
    throw new CliError(EXIT_CODES.usage, 'Cannot tell the language of standard input. Name it with --lang.');
  return {...request, language: findLanguage(mainFile, languages)};
}

function commonFields(options: RunCommandOptions): Omit<RunRequest, 'language'> {
  return {
    args: [...options.arg],
    env: parseEnv(options.env),
    limits: {...parseLimits(options.limit), ...(options.cpuPinning ? {cpuPinning: true} : {})},
    compileLimits: parseLimits(options.compileLimit),
    compilerOptions: [...options.compilerOption],
    artifacts: [...options.artifact],
    ...(options.network === undefined ? {} : {network: options.network}),
    ...(options.isolation === undefined ? {} : {isolation: options.isolation}),
    ...(options.image === undefined ? {} : {image: options.image}),
    ...(options.cache === undefined ? {} : {cache: options.cache}),
  };
}

async function readProgramFromInput(
  paths: readonly string[],
  options: RunCommandOptions,
): Promise<Omit<RunRequest, 'language'>> {
  if (paths.length > 1)
    throw new CliError(EXIT_CODES.usage, 'Cannot run -: a program on standard input stands alone.');
  const code = (await readStandardInput()).toString('utf8');
  return {code, stdin: options.stdin ?? ''};
}

async function readStdin({
  stdin,
  stdinFile,
}: RunCommandOptions): Promise<Pick<RunRequest, 'stdin' | 'stdinBase64'>> {
  if (stdin !== undefined) return {stdin};
  if (stdinFile !== undefined) {
    const {files} = await readSources([stdinFile]);
    return {stdinBase64: files[0]?.contentBase64 ?? ''};
  }
  return isInputPiped() ? {stdinBase64: (await readStandardInput()).toString('base64')} : {};
}

/** In a folder, the language is that of a file called main, else of the first one. */
function mainFileOf(paths: readonly string[]): string | null {
  return paths.find((path) => /^main\./i.test(basename(path))) ?? paths[0] ?? null;
}

/** Limits of the command line, `name=value` each. Throws a usage error that names the wrong one. */
export function parseLimits(texts: readonly string[]): Partial<Record<LimitName, number>> {
  return Object.fromEntries(texts.map((text) => parseLimit(text)).map(({name, value}) => [name, value]));
}

function parseEnv(texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new CliError(EXIT_CODES.usage, `Cannot read --env ${text}: it must be NAME=VALUE.`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
  return Object.fromEntries(entries);
}
