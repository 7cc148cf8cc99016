/**
 * A judged run after its program was compiled: the checker or interactor is compiled (from the cache, like everything), then each test
 * runs in its own fresh sandbox, at least one at a time and further ones as there are free cores. Results are told as they come and
 * returned in the order of the request.
 */
import type {LanguageCatalogue} from '@sandglass/languages';
import type {JudgeProgram, Judging, Limits, Score, TestResult} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import type {ExecuteOptions} from '../engine.ts';
import type {Explained} from '../explanation/codes.ts';
import {CANCELLED} from '../explanation/explain-run.ts';
import type {StageContext} from '../pipeline/compile-program.ts';
import type {CompileStage} from '../pipeline/compile-stage.ts';
import type {Job} from '../pipeline/job.ts';
import {notStarted, type RunEnd} from '../pipeline/run-stage.ts';
import {FreeCores} from './free-cores.ts';
import {planJudge, type ReadyJudge} from './judge-program.ts';
import {judgeTest, type TestEnd, type TestSetup} from './judge-test.ts';
import {checkJudging, planTest} from './plan-judging.ts';

export interface JudgeParts {
  readonly languages: Pick<LanguageCatalogue, 'resolve'>;
  readonly compileStage: CompileStage;
  /** Limits of checkers and interactors: the operator's defaults, whatever a contestant gets. */
  readonly limits: Limits;
}

/** How a judged run ended. */
export interface JudgedEnd extends RunEnd {
  readonly tests: readonly TestResult[];
  readonly score: Score;
}

export interface JudgeContext extends StageContext {
  readonly onEvent: ExecuteOptions['onEvent'];
  /** The one core of all tests, which then run one after the other; null for any cores. */
  readonly pinnedCpu: number | null;
}

/** Output of all tests together that a result keeps, and what each keeps at least. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MIN_KEPT_BYTES = 1024;

type Prepared =
  | {readonly kind: 'ready'; readonly setup: Pick<TestSetup, 'checker' | 'interactor'>}
  | {readonly kind: 'ended'; readonly end: RunEnd};

export class Judge {
  readonly #parts: JudgeParts;
  readonly #cores = new FreeCores();

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /** Throws what keeps the tests, the checker or the interactor from being planned, before anything runs. */
  check(job: Job, judging: Judging): void {
    checkJudging(job, judging, this.#parts);
  }

  async run(
    job: Job,
    {judging, compiled}: {readonly judging: Judging; readonly compiled: readonly SandboxFile[]},
    context: JudgeContext,
  ): Promise<JudgedEnd> {
    const prepared = await this.#prepare(job, judging, context);
    if (prepared.kind === 'ended') return unjudged(judging, prepared.end);
    const keptBytes = Math.max(MIN_KEPT_BYTES, Math.floor(MAX_KEPT_BYTES / judging.tests.length / 2));
    const ends = await this.#runTests(judging, context, (test) => ({
      ...prepared.setup,
      job: planTest(job, judging, {test, languages: this.#parts.languages}),
      compiled,
      test,
      keptBytes,
      pinnedCpu: context.pinnedCpu,
    }));
    return conclude(judging, ends, context.signal?.aborted ?? false);
  }

  async #prepare(job: Job, judging: Judging, context: StageContext): Promise<Prepared> {
    const {checker} = judging;
    if (judging.interactor !== null) {
      const ready = await this.#compileJudge(job, judging.interactor, 'interactor', context);
      return 'outcome' in ready
        ? {kind: 'ended', end: ready}
        : {kind: 'ready', setup: {checker: {kind: 'trim'}, interactor: ready}};
    }
    if (checker.kind !== 'program') return {kind: 'ready', setup: {checker, interactor: null}};
    const ready = await this.#compileJudge(job, checker, 'checker', context);
    return 'outcome' in ready
      ? {kind: 'ended', end: ready}
      : {kind: 'ready', setup: {checker: {kind: 'program', ready}, interactor: null}};
  }

  async #compileJudge(
    contestant: Job,
    program: JudgeProgram,
    role: string,
    context: StageContext,
  ): Promise<ReadyJudge | RunEnd> {
    const job = this.#planJudge(contestant, program);
    const {compilePlan} = job;
    if (compilePlan === null) return {job, compiled: []};
    const {compiled} = await this.#parts.compileStage.compile({...job, compilePlan}, context);
    if (compiled.kind === 'program') return {job, compiled: compiled.files};
    if (compiled.kind === 'cancelled') return notStarted('cancelled', CANCELLED);
    const said = compiled.step === null ? '' : ` It says: ${compiled.step.stderr.trim().slice(0, 1000)}`;
    return notStarted('compile-error', {
      code: 'judge-compile-error',
      message: `The ${role} does not compile; the program was not judged. ${compiled.explanation.message}${said}`,
    } satisfies Explained);
  }

  async #runTests(
    {tests, stopOnFailure}: Judging,
    context: JudgeContext,
    setupOf: (test: Judging['tests'][number]) => TestSetup,
  ): Promise<(TestEnd | null)[]> {
    const ends: (TestEnd | null)[] = tests.map(() => null);
    const failed = new AbortController();
    let next = 0;
    const isOver = () =>
      next >= tests.length ||
      failed.signal.aborted ||
      context.signal?.aborted ||
      (stopOnFailure && ends.some((end) => end !== null && end.result.outcome !== 'ok'));
    const helpers: Promise<void>[] = [];
    const work = async (isHelper: boolean): Promise<void> => {
      try {
        while (!isOver()) {
          const index = next++;
          const test = tests[index];
          if (test === undefined) return;
          if (!isOver() && context.pinnedCpu === null && this.#cores.tryTake()) helpers.push(work(true));
          const end = await judgeTest(setupOf(test), context);
          ends[index] = end;
          await context.onEvent?.({kind: 'test', test: end.result});
        }
      } catch (error) {
        failed.abort(error);
      } finally {
        if (isHelper) this.#cores.give();
      }
    };
    this.#cores.take();
    try {
      await work(false);
      // A helper may have brought another one.
      while (helpers.length > 0) await Promise.all(helpers.splice(0));
    } finally {
      this.#cores.give();
    }
    failed.signal.throwIfAborted();
    return ends;
  }

  #planJudge(job: Job, program: JudgeProgram): Job {
    return planJudge(job, program, this.#parts);
  }
}

function conclude(judging: Judging, ends: readonly (TestEnd | null)[], isCancelled: boolean): JudgedEnd {
  const tests = judging.tests.map(({name}, index) => ends[index]?.result ?? skipped(name));
  const failure = ends.find((end) => end !== null && end.result.outcome !== 'ok') ?? null;
  const outcome = failure?.result.outcome ?? 'ok';
  const end = {step: null, diagnostics: [], artifacts: [], tests, score: scoreOf(judging, tests)};
  if (isCancelled) return {...end, outcome: 'cancelled', explanation: CANCELLED};
  // Only tests that were not run are skipped, and those have no end.
  return {...end, outcome: outcome === 'skipped' ? 'ok' : outcome, explanation: failure?.explanation ?? null};
}

/** The run ended before its first test. */
export function unjudged(judging: Judging, end: RunEnd): JudgedEnd {
  const tests = judging.tests.map(({name}) => skipped(name));
  return {...end, tests, score: scoreOf(judging, tests)};
}

function skipped(name: string): TestResult {
  return {name, outcome: 'skipped', run: null};
}

function scoreOf({tests}: Judging, results: readonly TestResult[]): Score {
  const possible = tests.reduce((sum, {weight}) => sum + weight, 0);
  const points = tests.reduce(
    (sum, {weight}, index) => sum + (results[index]?.outcome === 'ok' ? weight : 0),
    0,
  );
  return {points, possible};
}
