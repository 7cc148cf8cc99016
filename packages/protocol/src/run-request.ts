import {Compile} from 'typebox/compile';
import {type FieldProblem, SandglassError} from './errors.ts';
import {filePathProblem} from './file-path.ts';
import {findPathConflicts} from './file-tree.ts';
import {processTextProblems} from './process-text.ts';
import {encodeText, Problems, readContent} from './read-content.ts';
import {judgingContents, readJudging} from './read-judging.ts';
import {DEFAULT_REQUEST_POLICY, type RequestPolicy} from './request-policy.ts';
import {resolveLimits} from './requested-limits.ts';
import type {NetworkPolicy, RunSpec, SourceFile} from './run.ts';
import {RUN_REQUEST_SCHEMA, type RunRequest} from './run-request-schema.ts';
import {schemaProblems} from './schema-problems.ts';

/** Compiled once: checking a request costs microseconds. */
export const runRequestValidator = Compile(RUN_REQUEST_SCHEMA);

/** Enough to find a run again; more belongs into the caller's own database. */
const MAX_METADATA_BYTES = 4096;

/** A request with a thousand bad paths does not need a thousand sentences. */
const MAX_REPORTED = 20;

const utf8 = new TextEncoder();

/**
 * Turns the JSON of a run request into a complete, safe description of the run, or refuses it.
 *
 * Throws `invalid-request` with every problem found (JSON pointer and rule), or `limit-too-high` naming the maximum. Whether language, isolation and network are to be had is the engine's to say.
 */
export function parseRunRequest(input: unknown, policy: RequestPolicy = DEFAULT_REQUEST_POLICY): RunSpec {
  refuse(schemaProblems(runRequestValidator, input));
  // The compiled schema has just accepted it.
  const request = input as RunRequest;
  const problems = new Problems();
  const limits = resolveLimits({field: 'limits', asked: request.limits ?? {}}, policy);
  const compileLimits = resolveLimits({field: 'compileLimits', asked: request.compileLimits ?? {}}, policy);
  problems.add(...limits.tooLow, ...compileLimits.tooLow);
  const code = readCode(request, problems);
  const files = readFiles(request, problems);
  const stdin = readStdin(request, problems);
  const tooHigh = [...limits.tooHigh, ...compileLimits.tooHigh];
  const judging = readJudging(request, {stdin, limits: limits.limits, policy, problems, tooHigh});
  checkEntry(request, problems);
  const contents = [code ?? new Uint8Array(), stdin, ...files.map((file) => file.content)];
  checkSize([...contents, ...judgingContents(judging)], policy, problems);
  checkMetadata(request.metadata ?? {}, problems);
  checkCallbackUrl(request.callback?.url, problems);
  problems.add(...processTextProblems(request), ...artifactProblems(request.artifacts ?? []));
  refuse(problems.all);
  refuseTooHigh(tooHigh);
  return {
    language: request.language,
    code,
    files,
    entry: request.entry ?? null,
    stdin,
    args: request.args ?? [],
    env: request.env ?? {},
    compilerOptions: request.compilerOptions ?? [],
    limits: limits.limits,
    compileLimits: compileLimits.limits,
    defaultTimes: {limits: limits.defaultTimes, compileLimits: compileLimits.defaultTimes},
    cpuPinning: request.limits?.cpuPinning ?? false,
    outputPolicy: request.outputPolicy ?? 'truncate',
    network: (request.network ?? 'none') satisfies NetworkPolicy,
    isolation: request.isolation ?? 'auto',
    image: request.image ?? null,
    judging,
    artifacts: request.artifacts ?? [],
    cache: request.cache ?? 'compile',
    priority: request.priority ?? 'interactive',
    callback: request.callback ? {url: request.callback.url, secret: request.callback.secret ?? null} : null,
    metadata: request.metadata ?? {},
  };
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return;
  throw new SandglassError('invalid-request', summary(problems), {fields: problems.slice(0, MAX_REPORTED)});
}

function refuseTooHigh(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw new SandglassError('limit-too-high', summary(problems), {fields: problems});
}

function summary(problems: readonly FieldProblem[]): string {
  const [first, ...rest] = problems;
  const subject = first?.path === '' ? 'the request' : first?.path;
  const more = rest.length === 0 ? '' : ` ${rest.length} more problems.`;
  return `Cannot accept the run: ${subject} ${first?.message}${first?.message.endsWith('?') ? '' : '.'}${more}`;
}

function readCode(request: RunRequest, problems: Problems): Uint8Array | null {
  if (request.code === undefined) {
    if ((request.files ?? []).length === 0)
      problems.add({path: '/code', message: 'is missing; send the program as "code" or as "files"'});
    return null;
  }
  if (request.code === '' && (request.files ?? []).length === 0)
    problems.add({path: '/code', message: 'is empty; there is no program to run'});
  return encodeText(request.code, '/code', problems);
}

function readFiles(request: RunRequest, problems: Problems): SourceFile[] {
  const files = request.files ?? [];
  for (const [index, file] of files.entries()) {
    const message = filePathProblem(file.path);
    if (message !== null) problems.add({path: `/files/${index}/path`, message});
  }
  for (const {index, message} of findPathConflicts(files.map((file) => file.path)))
    problems.add({path: `/files/${index}/path`, message});
  return files.map((file, index) => {
    const pointer = `/files/${index}`;
    if (file.content === undefined && file.contentBase64 === undefined)
      problems.add({path: pointer, message: 'needs "content" or "contentBase64"'});
    const content = readContent(
      {text: file.content, base64: file.contentBase64},
      {
        text: `${pointer}/content`,
        base64: `${pointer}/contentBase64`,
        problems,
      },
    );
    return {path: file.path, content};
  });
}

function readStdin(request: RunRequest, problems: Problems): Uint8Array {
  return readContent(
    {text: request.stdin, base64: request.stdinBase64},
    {
      text: '/stdin',
      base64: '/stdinBase64',
      problems,
    },
  );
}

/** With `code`, the entry may be the name that the language gives it, which only the engine knows. */
function checkEntry({entry, code, files}: RunRequest, problems: Problems): void {
  if (entry === undefined) return;
  const message = filePathProblem(entry);
  if (message !== null) problems.add({path: '/entry', message});
  else if (code === undefined && !(files ?? []).some((file) => file.path === entry))
    problems.add({path: '/entry', message: 'is not the path of one of the files'});
}

function checkSize(contents: readonly Uint8Array[], policy: RequestPolicy, problems: Problems): void {
  const total = contents.reduce((sum, content) => sum + content.length, 0);
  if (total > policy.maxContentBytes)
    problems.add({
      path: '',
      message: `has ${total} bytes of sources and input but at most ${policy.maxContentBytes} are taken`,
    });
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>, problems: Problems): void {
  const bytes = utf8.encode(JSON.stringify(metadata)).length;
  if (bytes > MAX_METADATA_BYTES)
    problems.add({
      path: '/metadata',
      message: `is ${bytes} bytes of JSON but at most ${MAX_METADATA_BYTES} are kept`,
    });
}

function checkCallbackUrl(text: string | undefined, problems: Problems): void {
  if (text === undefined) return;
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    problems.add({path: '/callback/url', message: 'is not an absolute http or https address'});
  else if (url.username !== '' || url.password !== '')
    problems.add({
      path: '/callback/url',
      message: 'holds a user name or password; use "secret" to prove who sends',
    });
}

/** Globs stay inside the working directory by the same rules as paths. */
function artifactProblems(globs: readonly string[]): FieldProblem[] {
  return globs.flatMap((glob, index) => {
    const message = filePathProblem(glob);
    return message === null ? [] : [{path: `/artifacts/${index}`, message}];
  });
}
