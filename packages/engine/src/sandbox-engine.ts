import type {LanguageCatalogue, ResolvedLanguage} from '@sandglass/languages';
import {
  type IsolationReport,
  parseRunRequest,
  type RequestPolicy,
  type RunRequest,
  type RunResult,
  type RunSpec,
  SandglassError,
} from '@sandglass/protocol';
import type {PoolStats, SandboxPool} from '@sandglass/sandbox';
import {checkIsolation, checkNetwork, type Permissions} from './check-permissions.ts';
import type {Engine, ExecuteOptions} from './engine.ts';
import type {Judge} from './judge/judge.ts';
import {planJob} from './pipeline/job.ts';
import type {RunPipeline} from './pipeline/run-pipeline.ts';

export interface SandboxEngineParts {
  readonly pipeline: RunPipeline;
  readonly judge: Judge;
  readonly languages: LanguageCatalogue;
  /** As it is now. */
  readonly isolation: () => IsolationReport;
  readonly pool: Pick<SandboxPool, 'stats'>;
  readonly permissions: Permissions;
  readonly requests: RequestPolicy;
  /** Releases everything that the engine owns; called once. */
  readonly release: () => Promise<void>;
}

/** Callers of `run` are one program with one user, who may see all of its results. */
const OWN_SCOPE = 'library';

/** The engine over a started driver: refuses what cannot be had, and hands the rest to the pipeline. */
export class SandboxEngine implements Engine {
  readonly #parts: SandboxEngineParts;
  #closing: Promise<void> | null = null;

  constructor(parts: SandboxEngineParts) {
    this.#parts = parts;
  }

  get languages(): LanguageCatalogue {
    return this.#parts.languages;
  }

  get isolation(): IsolationReport {
    return this.#parts.isolation();
  }

  get poolStats(): PoolStats {
    return this.#parts.pool.stats;
  }

  check(spec: RunSpec): ResolvedLanguage {
    const job = planJob(spec, this.#parts.languages, {isLive: false});
    if (spec.judging !== null) this.#parts.judge.check(job, spec.judging);
    checkIsolation(spec, this.#parts.permissions);
    checkNetwork(spec, this.#parts.permissions);
    return {recipe: job.recipe, toolchain: job.toolchain};
  }

  async execute(spec: RunSpec, options: ExecuteOptions): Promise<RunResult> {
    if (this.#closing !== null)
      throw new SandglassError('shutting-down', 'Cannot run a program: the engine is closed.');
    checkIsolation(spec, this.#parts.permissions);
    checkNetwork(spec, this.#parts.permissions);
    return await this.#parts.pipeline.execute(spec, options);
  }

  async run(request: RunRequest, options: Partial<ExecuteOptions> = {}): Promise<RunResult> {
    const spec = parseRunRequest(request, this.#parts.requests);
    return await this.execute(spec, {
      signal: undefined,
      onEvent: undefined,
      cacheScope: OWN_SCOPE,
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#parts.release();
    await this.#closing;
  }
}
