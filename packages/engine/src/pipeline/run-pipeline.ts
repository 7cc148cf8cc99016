/**
 * The way of a run: resolve → compile (from the cache, or in a sandbox of its own) → run (in another fresh sandbox) → collect → conclude.
 * A sandbox serves one stage; giving it back begins its destruction, which nobody waits for except `close`.
 * What programs do flows through as values; an exception is a fault of ours (or of the caller's `onEvent`), after which the caller may
 * execute the same run again.
 */
import type {LanguageCatalogue} from '@sandglass/languages';
import type {EngineEvent, IsolationReport, RunResult, RunSpec} from '@sandglass/protocol';
import type {ExecuteOptions} from '../engine.ts';
import {CANCELLED} from '../explanation/explain-run.ts';
import {type Judge, type JudgedEnd, unjudged} from '../judge/judge.ts';
import type {StageImage} from './compile-program.ts';
import type {CompileEnd, CompileStage} from './compile-stage.ts';
import {type Compiled, NOTHING_TO_COMPILE} from './compiled.ts';
import type {CpuReservations} from './cpu-reservations.ts';
import {type Job, planJob} from './job.ts';
import {replay} from './replay.ts';
import type {ResultCache} from './result-cache.ts';
import {notStarted, type RunEnd, runStage} from './run-stage.ts';
import type {SandboxKeeper} from './sandbox-keeper.ts';
import {timeStage} from './stage-time.ts';

/** Collaborators of the pipeline; `createEngine` provides them. */
export interface RunPipelineParts {
  readonly languages: Pick<LanguageCatalogue, 'resolve'>;
  readonly keeper: SandboxKeeper;
  readonly compileStage: CompileStage;
  readonly judge: Judge;
  readonly results: ResultCache;
  readonly cpus: CpuReservations;
  /** The image that programs run in. */
  readonly image: StageImage;
  readonly isolation: () => IsolationReport;
}

interface RunOptions extends ExecuteOptions {
  readonly pinnedCpu: number | null;
}

export class RunPipeline {
  readonly #parts: RunPipelineParts;

  constructor(parts: RunPipelineParts) {
    this.#parts = parts;
  }

  /** Throws `sandbox-lost`, `server-full`, `isolation-failed` and the like; never for what a program did. */
  async execute(spec: RunSpec, options: ExecuteOptions): Promise<RunResult> {
    const job = planJob(spec, this.#parts.languages, {isLive: options.isLive ?? false});
    const key =
      options.interaction === undefined && spec.judging === null
        ? this.#parts.results.keyOf(job, options.cacheScope)
        : null;
    const known = key === null ? null : await this.#parts.results.find(key);
    if (known !== null) return await answerFromCache(known, options);
    const {compiled, isCached} = await this.#compile(job, options);
    const end = await this.#runPinned(job, compiled, options);
    const result = this.#conclude(job, {compiled, isCached}, end);
    if (key !== null) this.#parts.results.keep(key, result);
    return result;
  }

  async #compile(job: Job, options: ExecuteOptions): Promise<CompileEnd> {
    const {compilePlan} = job;
    if (compilePlan === null) return {compiled: NOTHING_TO_COMPILE, isCached: false};
    await tell(options, {kind: 'state', state: 'compiling'});
    const {keeper, image, compileStage} = this.#parts;
    const {signal, onStage} = options;
    const end = await timeStage('compile', onStage, () =>
      compileStage.compile({...job, compilePlan}, {keeper, image, signal, onStage}),
    );
    if (end.compiled.step !== null) await tell(options, {kind: 'compiled', compile: end.compiled.step});
    return end;
  }

  /** A core of its own is for the program, not for its compiler. */
  async #runPinned(job: Job, compiled: Compiled, options: ExecuteOptions): Promise<RunEnd | JudgedEnd> {
    if (!job.spec.cpuPinning || compiled.kind !== 'program')
      return await this.#run(job, compiled, {...options, pinnedCpu: null});
    using core = await this.#parts.cpus.reserve({signal: options.signal});
    return await this.#run(job, compiled, {...options, pinnedCpu: core?.cpu ?? null});
  }

  async #run(job: Job, compiled: Compiled, options: RunOptions): Promise<RunEnd | JudgedEnd> {
    const {judging} = job.spec;
    if (judging === null) return await this.#runOnce(job, compiled, options);
    if (compiled.kind !== 'program' || options.signal?.aborted)
      return unjudged(judging, await this.#runOnce(job, compiled, options));
    await tell(options, {kind: 'state', state: 'running'});
    const {keeper, image, judge} = this.#parts;
    const {signal, onEvent, onStage, pinnedCpu} = options;
    const context = {keeper, image, signal, onEvent, onStage, pinnedCpu};
    return await timeStage('run', onStage, () =>
      judge.run(job, {judging, compiled: compiled.files}, context),
    );
  }

  async #runOnce(job: Job, compiled: Compiled, options: RunOptions): Promise<RunEnd> {
    const {onEvent, onStage, signal, interaction, pinnedCpu} = options;
    if (compiled.kind === 'refused') return notStarted('compile-error', compiled.explanation);
    if (compiled.kind === 'cancelled' || signal?.aborted) return notStarted('cancelled', CANCELLED);
    await tell(options, {kind: 'state', state: 'running'});
    const {files} = compiled;
    return await timeStage('run', onStage, () =>
      runStage(job, files, {
        keeper: this.#parts.keeper,
        image: this.#parts.image,
        signal,
        onStage,
        interaction,
        onOutput: onEvent && ((stream, data, atMs) => onEvent({kind: 'output', stream, data, atMs})),
        pinnedCpu,
      }),
    );
  }

  #conclude(job: Job, {compiled, isCached}: CompileEnd, end: RunEnd | JudgedEnd): RunResult {
    const compileDiagnostics = compiled.kind === 'cancelled' ? [] : compiled.diagnostics;
    return {
      outcome: end.outcome,
      language: {id: job.recipe.id, version: job.toolchain.version},
      isolation: isolationOf(job, compiled, this.#parts.isolation()),
      compile: compiled.step,
      run: end.step,
      ...('tests' in end ? {tests: end.tests, score: end.score} : {tests: []}),
      explanation: end.explanation,
      diagnostics: [...compileDiagnostics, ...end.diagnostics],
      artifacts: end.artifacts,
      cached: {compile: isCached, result: false},
    };
  }
}

/** What the run had besides what every run has. */
function isolationOf({spec}: Job, compiled: Compiled, isolation: IsolationReport): IsolationReport {
  return spec.cpuPinning && compiled.kind === 'program'
    ? {...isolation, enforced: [...isolation.enforced, 'cpu-pinning']}
    : isolation;
}

async function answerFromCache(result: RunResult, options: ExecuteOptions): Promise<RunResult> {
  for (const event of replay(result)) await tell(options, event);
  return result;
}

async function tell({onEvent}: ExecuteOptions, event: EngineEvent): Promise<void> {
  await onEvent?.(event);
}
