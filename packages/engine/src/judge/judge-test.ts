import type {Checker, Outcome, TestResult, TestSpec} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import type {Explained} from '../explanation/codes.ts';
import type {StageContext} from '../pipeline/compile-program.ts';
import type {Job} from '../pipeline/job.ts';
import {type RunEnd, runStage} from '../pipeline/run-stage.ts';
import {clipStep, streamBytes} from './clip-step.ts';
import {compareOutput} from './compare-output.ts';
import {interact} from './interact.ts';
import {type ReadyJudge, runJudge} from './judge-program.ts';

/** The contestant's program for one test, and who judges it. */
export interface TestSetup {
  readonly job: Job;
  readonly compiled: readonly SandboxFile[];
  readonly test: TestSpec;
  readonly checker:
    | Exclude<Checker, {kind: 'program'}>
    | {readonly kind: 'program'; readonly ready: ReadyJudge};
  readonly interactor: ReadyJudge | null;
  /** Bytes of each stream that the result keeps. */
  readonly keptBytes: number;
  /** The contestant's own core; null for any. */
  readonly pinnedCpu: number | null;
}

/** A test's result, and why it failed as a run's result would say it. */
export interface TestEnd {
  readonly result: TestResult;
  readonly explanation: RunEnd['explanation'];
}

/** Runs the program on one test and judges it. Only faults of our own are thrown. */
export async function judgeTest(setup: TestSetup, context: StageContext): Promise<TestEnd> {
  if (setup.interactor !== null) return await judgeInteraction(setup, setup.interactor, context);
  const end = await runStage(setup.job, setup.compiled, {
    ...context,
    interaction: undefined,
    onOutput: undefined,
    pinnedCpu: setup.pinnedCpu,
  });
  if (end.outcome !== 'ok' || end.step === null) return ended(setup, end, {});
  const {test, checker} = setup;
  const actual = streamBytes(end.step, 'stdout');
  if (checker.kind === 'program') {
    const input = {test, actual, wallTimeMs: null, interaction: undefined, onOutput: undefined};
    const {verdict} = await runJudge(checker.ready, input, context);
    if (context.signal?.aborted) return ended(setup, {...end, outcome: 'cancelled'}, {});
    if (verdict.kind === 'failed') return failedJudge(setup, end, verdict);
    return ended(setup, end, {message: verdict.message, isWrong: verdict.kind === 'rejected'});
  }
  if (test.expected === null) return ended(setup, end, {});
  const difference = compareOutput(actual, Buffer.from(test.expected), checker);
  if (difference === null) return ended(setup, end, {});
  const cut = end.step.stdoutTruncated ? ' The output was cut at limits.outputBytes.' : '';
  return ended(setup, end, {message: difference + cut, isWrong: true});
}

async function judgeInteraction(
  setup: TestSetup,
  interactor: ReadyJudge,
  context: StageContext,
): Promise<TestEnd> {
  const {test} = setup;
  const {end, verdict, first, transcript} = await interact(setup, {interactor, test}, context);
  if (context.signal?.aborted) return ended(setup, {...end, outcome: 'cancelled'}, {transcript});
  // A program that broke off first has brought the interactor to whatever it said then.
  if (first === 'program' && end.outcome !== 'ok') return ended(setup, end, {transcript});
  if (verdict.kind === 'rejected')
    return ended(setup, {...end, outcome: 'ok'}, {message: verdict.message, isWrong: true, transcript});
  if (verdict.kind === 'failed') return failedJudge(setup, end, verdict, transcript);
  return ended(setup, end, {message: verdict.message, transcript});
}

interface Words {
  readonly message?: string;
  readonly transcript?: string;
  readonly isWrong?: boolean;
}

function ended(setup: TestSetup, end: RunEnd, {message = '', transcript, isWrong = false}: Words): TestEnd {
  const explanation = isWrong ? wrongAnswer(setup.test, message) : end.explanation;
  const words = message || (end.outcome === 'ok' ? '' : (end.explanation?.message ?? ''));
  return {
    result: {
      name: setup.test.name,
      outcome: isWrong ? 'wrong-answer' : end.outcome,
      run: end.step === null ? null : clipStep(end.step, setup.keptBytes),
      ...(words === '' ? {} : {message: words}),
      ...(transcript === undefined ? {} : {transcript}),
    },
    explanation,
  };
}

/** The judge's own end is the test's: it is a program of the request, and none of ours. */
function failedJudge(
  setup: TestSetup,
  end: RunEnd,
  {outcome, message}: {readonly outcome: Outcome; readonly message: string},
  transcript?: string,
): TestEnd {
  const explanation: Explained = {code: 'judge-failed', message};
  const words = transcript === undefined ? {message} : {message, transcript};
  return ended(setup, {...end, outcome, explanation}, words);
}

function wrongAnswer({name}: TestSpec, message: string): Explained {
  return {
    code: 'wrong-answer',
    message: `The answer to test ${JSON.stringify(name)} is wrong.${message === '' ? '' : ` ${message}`}`,
  };
}
