import {programEnvironment} from '@sandglass/languages';
import type {ImageDefinition, SandboxKind} from '@sandglass/sandbox';
import {explainCompile, explainTooLarge} from '../explanation/explain-compile.ts';
import {explainNotStarted, NO_PROGRAM} from '../explanation/explain-not-started.ts';
import {classify} from '../outcome/classify.ts';
import type {Verdict} from '../outcome/verdict.ts';
import {toStep} from '../output/step.ts';
import type {Compiled, CompiledProgram, RefusedProgram} from './compiled.ts';
import {diagnoseCompile} from './diagnose-text.ts';
import type {Job} from './job.ts';
import {MAX_OUTPUT_BYTES, readOutputs} from './read-outputs.ts';
import {runProgram, sandboxLimits} from './run-program.ts';
import type {SandboxKeeper} from './sandbox-keeper.ts';
import {type StageListener, timeStage} from './stage-time.ts';

/** A job whose language compiles. */
export type CompileJob = Job & {readonly compilePlan: NonNullable<Job['compilePlan']>};

/** What a stage needs of an image: what drivers call it, and the environment that its maker meant. */
export type StageImage = Pick<ImageDefinition, 'name' | 'env'>;

export interface StageContext {
  readonly keeper: SandboxKeeper;
  /** The image that programs run in. */
  readonly image: StageImage;
  readonly signal: AbortSignal | undefined;
  readonly onStage: StageListener | undefined;
}

/**
 * Compiles in a sandbox of its own, without network, and takes the declared outputs out of it. What the compiler does is a result;
 * only faults of our own are thrown.
 */
export async function compileProgram(
  job: CompileJob,
  {keeper, image, signal, onStage}: StageContext,
): Promise<Compiled> {
  const {compilePlan: plan, spec} = job;
  const limits = spec.compileLimits;
  const files = [...job.files, ...plan.files];
  const kind: SandboxKind = {image: image.name, network: 'none'};
  const primed = primedArguments(job);
  const start = primed === null ? undefined : {argv: primed, files};
  using lease = await timeStage('sandbox', onStage, () =>
    keeper.lend(kind, sandboxLimits(limits), {signal, start}),
  );
  if (lease === null) return {kind: 'cancelled', step: null};
  // Only where a compiler waits: started anew, that command takes longer than the plain one.
  const isWaiting = primed !== null && (lease.sandbox.hasPrimed ?? false);
  const report = await runProgram(
    lease.sandbox,
    {
      argv: isWaiting ? primed : plan.argv,
      env: programEnvironment({image: image.env ?? {}, recipe: plan.env, user: {}, hasTerminal: false}),
      files,
      stdin: NO_INPUT,
      limits,
      stopAtOutputLimit: false,
      onOutput: undefined,
    },
    {signal},
  );
  if (report.kind !== 'ended')
    return refused(null, [], {
      explanation: explainNotStarted(report.kind, 'compile', {files, limits}),
      isRepeatable: false,
    });
  const {exit, output} = report;
  const step = toStep(exit, output);
  const verdict = classify(exit, {limits, isOutOfMemory: () => job.recipe.isOutOfMemory?.(step) ?? false});
  if (verdict.kind === 'cancelled') return {kind: 'cancelled', step};
  const diagnostics = diagnoseCompile(job, step);
  if (verdict.kind !== 'ok') {
    const explanation = explainCompile({verdict, exit, limits, diagnostics});
    return refused(step, diagnostics, {explanation, isRepeatable: isRepeatable(verdict)});
  }
  return await collect(lease.sandbox, {job, step, diagnostics});
}

const NO_INPUT = new Uint8Array();

function primedArguments({recipe, toolchain, files, entry, spec}: CompileJob): readonly string[] | null {
  const {compilerOptions, compileLimits: limits} = spec;
  return (
    recipe.primedCompiler?.argv({files, entry, compilerOptions, limits, isLive: false, toolchain}) ?? null
  );
}

async function collect(
  sandbox: Parameters<typeof readOutputs>[0],
  {job, step, diagnostics}: {job: CompileJob} & Pick<CompiledProgram, 'step' | 'diagnostics'>,
): Promise<Compiled> {
  const outputs = await readOutputs(sandbox, job.compilePlan.outputs);
  switch (outputs.kind) {
    case 'files':
      return {kind: 'program', step, diagnostics, files: outputs.files};
    case 'missing':
      return refused(step, diagnostics, {explanation: NO_PROGRAM, isRepeatable: true});
    case 'too-large':
      return refused(step, diagnostics, {explanation: explainTooLarge(MAX_OUTPUT_BYTES), isRepeatable: true});
    default:
      return outputs satisfies never;
  }
}

function refused(
  step: RefusedProgram['step'],
  diagnostics: RefusedProgram['diagnostics'],
  reason: Pick<RefusedProgram, 'explanation' | 'isRepeatable'>,
): RefusedProgram {
  return {kind: 'refused', step, diagnostics, ...reason};
}

/** A compiler that said no will say it again; one that was stopped or crashed may get further another time. */
function isRepeatable(verdict: Verdict): boolean {
  return verdict.kind === 'failed';
}
