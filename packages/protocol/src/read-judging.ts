import type {FieldProblem} from './errors.ts';
import type {Checker, JudgeProgram, Judging, TestSpec} from './judging.ts';
import {DEFAULT_EPSILON} from './judging-request-schema.ts';
import type {Limits} from './limits.ts';
import {processTextProblems} from './process-text.ts';
import {encodeText, type Problems, readContent} from './read-content.ts';
import type {RequestPolicy} from './request-policy.ts';
import {resolveLimits} from './requested-limits.ts';
import type {RunRequest} from './run-request-schema.ts';

/** What the tests take over from the request around them. */
export interface JudgingContext {
  readonly stdin: Uint8Array;
  readonly limits: Limits;
  readonly policy: RequestPolicy;
  readonly problems: Problems;
  /** Limits above the maximum, which are another kind of refusal. */
  readonly tooHigh: FieldProblem[];
}

type TestRequest = NonNullable<RunRequest['tests']>[number];

/** The judged part of a request; null without tests. The request has passed its schema. */
export function readJudging(request: RunRequest, context: JudgingContext): Judging | null {
  const {problems} = context;
  const checker = readChecker(request.checker, problems);
  const interactor = request.interactor ? readProgram(request.interactor, '/interactor', problems) : null;
  const tests = (request.tests ?? []).map((test, index) => readTest(test, index, request, context));
  refuseSameNames(tests, problems);
  if (tests.length === 0) return null;
  return {tests, checker, interactor, stopOnFailure: request.stopOnFailure ?? false};
}

/** Contents of a judged run that count towards the size of its request. */
export function judgingContents(judging: Judging | null): Uint8Array[] {
  if (judging === null) return [];
  const {tests, checker, interactor} = judging;
  return [
    ...tests.flatMap(({stdin, expected}) => (expected === null ? [stdin] : [stdin, expected])),
    ...(checker.kind === 'program' ? [checker.code] : []),
    ...(interactor === null ? [] : [interactor.code]),
  ];
}

function readTest(
  test: TestRequest,
  index: number,
  request: RunRequest,
  {stdin, limits, policy, problems, tooHigh}: JudgingContext,
): TestSpec {
  const pointer = `/tests/${index}`;
  const own = resolveLimits({field: 'limits', asked: test.limits ?? {}}, {...policy, runLimits: limits});
  const within = (problem: FieldProblem) => ({...problem, path: `${pointer}${problem.path}`});
  problems.add(...own.tooLow.map(within), ...processTextProblems({args: test.args ?? []}).map(within));
  tooHigh.push(...own.tooHigh.map(within));
  const hasStdin = test.stdin !== undefined || test.stdinBase64 !== undefined;
  const hasExpected = test.expected !== undefined || test.expectedBase64 !== undefined;
  return {
    name: test.name ?? String(index + 1),
    stdin: hasStdin
      ? readContent(
          {text: test.stdin, base64: test.stdinBase64},
          {text: `${pointer}/stdin`, base64: `${pointer}/stdinBase64`, problems},
        )
      : stdin,
    expected: hasExpected
      ? readContent(
          {text: test.expected, base64: test.expectedBase64},
          {text: `${pointer}/expected`, base64: `${pointer}/expectedBase64`, problems},
        )
      : null,
    args: test.args ?? request.args ?? [],
    limits: own.limits,
    weight: test.weight ?? 1,
  };
}

function readChecker(checker: RunRequest['checker'], problems: Problems): Checker {
  if (checker === undefined) return {kind: 'trim'};
  if (checker.kind === 'program') return {kind: 'program', ...readProgram(checker, '/checker', problems)};
  if (checker.kind === 'float') return {kind: 'float', epsilon: checker.epsilon ?? DEFAULT_EPSILON};
  return {kind: checker.kind};
}

function readProgram(
  {language, code}: {readonly language: string; readonly code: string},
  pointer: string,
  problems: Problems,
): JudgeProgram {
  return {language, code: encodeText(code, `${pointer}/code`, problems)};
}

function refuseSameNames(tests: readonly TestSpec[], problems: Problems): void {
  const seen = new Set<string>();
  for (const [index, {name}] of tests.entries()) {
    if (seen.has(name)) problems.add({path: `/tests/${index}/name`, message: `is "${name}" a second time`});
    seen.add(name);
  }
}
