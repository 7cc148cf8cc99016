import {programEnvironment} from '@sandglass/languages';
import type {Artifact, Diagnostic, Explanation, Outcome, Step} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';
import {collectArtifacts} from '../artifacts/collect-artifacts.ts';
import {explainNotStarted} from '../explanation/explain-not-started.ts';
import {CANCELLED, explainRun} from '../explanation/explain-run.ts';
import type {Interaction} from '../interaction.ts';
import {classify} from '../outcome/classify.ts';
import {runOutcome} from '../outcome/run-outcome.ts';
import {toStep} from '../output/step.ts';
import type {StageContext} from './compile-program.ts';
import {diagnoseRun} from './diagnose-text.ts';
import type {Job} from './job.ts';
import {runProgram, type StageProgram, sandboxLimits} from './run-program.ts';
import {timeStage} from './stage-time.ts';

/** How the run stage ended, as far as the result speaks of it. */
export interface RunEnd {
  readonly outcome: Outcome;
  /** Null when the program was not started. */
  readonly step: Step | null;
  readonly explanation: Explanation | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly artifacts: readonly Artifact[];
}

export interface RunStageContext extends StageContext {
  readonly interaction: Interaction | undefined;
  readonly onOutput: StageProgram['onOutput'];
  /** The core that the program has to itself; null for any. */
  readonly pinnedCpu: number | null;
}

/** Nothing was started, for this reason. */
export function notStarted(outcome: Outcome, explanation: Explanation): RunEnd {
  return {outcome, step: null, explanation, diagnostics: [], artifacts: []};
}

/**
 * Runs a job's program in a fresh sandbox that holds the sources and what the compiler made, then collects the artifacts.
 * What the program does is a result; only faults of our own are thrown.
 */
export async function runStage(
  job: Job,
  compiled: readonly SandboxFile[],
  {keeper, image, signal, onStage, interaction, onOutput, pinnedCpu}: RunStageContext,
): Promise<RunEnd> {
  const {spec, recipe, runPlan} = job;
  const {limits} = spec;
  const files = [...job.files, ...compiled, ...runPlan.files];
  const bounds = pinnedCpu === null ? sandboxLimits(limits) : {...sandboxLimits(limits), pinnedCpu};
  const argv = [...runPlan.argv, ...spec.args];
  // Who talks to a program may do so before it has begun, which is for a program that is there.
  const start = interaction === undefined ? {argv, files} : undefined;
  const kind = {image: image.name, network: spec.network};
  using lease = await timeStage('sandbox', onStage, () => keeper.lend(kind, bounds, {signal, start}));
  if (lease === null) return notStarted('cancelled', CANCELLED);
  const program: StageProgram = {
    argv,
    env: programEnvironment({
      image: image.env ?? {},
      recipe: runPlan.env,
      user: spec.env,
      hasTerminal: (interaction?.terminal ?? null) !== null,
    }),
    files,
    stdin: spec.stdin,
    limits,
    stopAtOutputLimit: spec.outputPolicy === 'stop',
    interaction,
    onOutput,
  };
  const report = await runProgram(lease.sandbox, program, {signal});
  if (report.kind !== 'ended')
    return notStarted(
      report.kind === 'no-room' ? 'disk-limit' : 'compile-error',
      explainNotStarted(report.kind, 'run', {files, limits}),
    );
  const {exit, output} = report;
  const step = toStep(exit, output);
  const verdict = classify(exit, {limits, isOutOfMemory: () => recipe.isOutOfMemory?.(step) ?? false});
  const diagnostics = diagnoseRun(job, step);
  return {
    outcome: runOutcome(verdict),
    step,
    explanation: explainRun({verdict, exit, limits, stderr: step.stderr, diagnostics}),
    diagnostics,
    artifacts: signal?.aborted ? [] : await collectArtifacts(lease.sandbox, spec.artifacts),
  };
}
