import type {JudgeProgram, Limits, Outcome, TestSpec} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import type {Interaction} from '../interaction.ts';
import type {StageContext} from '../pipeline/compile-program.ts';
import {type Job, planJob} from '../pipeline/job.ts';
import {type RunEnd, type RunStageContext, runStage} from '../pipeline/run-stage.ts';

/** A checker or interactor that is ready to be run, for each test in a sandbox of its own. */
export interface ReadyJudge {
  readonly job: Job;
  readonly compiled: readonly SandboxFile[];
}

/** What a judge's end says. Ends that are none of a verdict are the fault of whoever wrote the judge, and a result like any other. */
export type JudgeVerdict =
  | {readonly kind: 'accepted' | 'rejected'; readonly message: string}
  | {readonly kind: 'failed'; readonly outcome: Outcome; readonly message: string};

export const INPUT_FILE = 'input.txt';
export const EXPECTED_FILE = 'expected.txt';
export const ACTUAL_FILE = 'actual.txt';

/** 0 as every program; 42 as the judges of the ICPC's problem package format. */
const ACCEPTED = [0, 42];
/** 1 and 2 (presentation) as testlib's checkers; 43 as above. */
const REJECTED = [1, 2, 43];
const MAX_MESSAGE = 1000;

/** Throws what `planJob` throws: the judge's language may be unknown as well. */
export function planJudge(
  contestant: Job,
  {language, code}: JudgeProgram,
  {languages, limits}: {readonly languages: Parameters<typeof planJob>[1]; readonly limits: Limits},
): Job {
  const spec = {
    ...contestant.spec,
    language,
    code,
    files: [],
    entry: null,
    stdin: new Uint8Array(),
    args: [],
    env: {},
    compilerOptions: [],
    limits,
    outputPolicy: 'truncate' as const,
    network: 'none' as const,
    artifacts: [],
    judging: null,
  };
  return planJob(spec, languages, {isLive: true});
}

export interface JudgeInput {
  readonly test: TestSpec;
  /** What the contestant wrote; null for an interactor, which hears it. */
  readonly actual: Uint8Array | null;
  readonly wallTimeMs: number | null;
  readonly interaction: Interaction | undefined;
  readonly onOutput: RunStageContext['onOutput'];
}

/** Runs a judge once; `null` of its files that the problem does not have are empty. */
export async function runJudge(
  {job, compiled}: ReadyJudge,
  {test, actual, wallTimeMs, interaction, onOutput}: JudgeInput,
  context: StageContext,
): Promise<{readonly end: RunEnd; readonly verdict: JudgeVerdict}> {
  const files: SandboxFile[] = [
    {path: INPUT_FILE, content: test.stdin},
    {path: EXPECTED_FILE, content: test.expected ?? new Uint8Array()},
    ...(actual === null ? [] : [{path: ACTUAL_FILE, content: actual}]),
  ];
  const limits = wallTimeMs === null ? job.spec.limits : {...job.spec.limits, wallTimeMs};
  const spec = {...job.spec, args: files.map(({path}) => path), limits};
  // A judge runs beside its contestant or after it, but never on its core.
  const stage = {...context, interaction, onOutput, pinnedCpu: null};
  const end = await runStage({...job, spec}, [...compiled, ...files], stage);
  return {end, verdict: verdictOf(end, actual === null ? 'interactor' : 'checker')};
}

function verdictOf({step, outcome, explanation, diagnostics}: RunEnd, role: string): JudgeVerdict {
  const code = step?.exitCode ?? null;
  // An interactor's stdout is for the contestant.
  const words = ((role === 'checker' ? step?.stdout.trim() : '') || step?.stderr.trim()) ?? '';
  const message = words.slice(0, MAX_MESSAGE);
  if (outcome === 'ok' || (outcome === 'runtime-error' && code === 42)) return {kind: 'accepted', message};
  // Python and others end with 1 after an uncaught error, too; that they locate it tells the two apart.
  const hasCrashed = diagnostics.some(({severity}) => severity === 'error');
  if (outcome === 'runtime-error' && code !== null && REJECTED.includes(code) && !hasCrashed)
    return {kind: 'rejected', message};
  const why = explanation?.message ?? `It ended with exit code ${code}.`;
  return {
    kind: 'failed',
    outcome,
    message: `The ${role} gave no verdict: ${why} A ${role} ends with ${ACCEPTED.join(' or ')} (right), or ${REJECTED.join(', ')} (wrong).`,
  };
}
