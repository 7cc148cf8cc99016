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
import type {PoolStats, PrimedStats} from '@sandglass/sandbox';
import {checkNetwork} from './check-network.ts';
import {checkPinning} from './check-pinning.ts';
import {checkRoom} from './check-room.ts';
import type {Engine, ExecuteOptions} from './engine.ts';
import type {ImageFacts} from './images/level-images.ts';
import type {Level} from './isolation/level.ts';
import type {LevelFacts, Levels} from './isolation/levels.ts';
import {stretchTimes} from './isolation/stretch-times.ts';
import type {NetworkPermission} from './network/network-permission.ts';
import {planJob} from './pipeline/job.ts';

export interface SandboxEngineParts {
  readonly levels: Levels;
  readonly network: NetworkPermission;
  readonly requests: RequestPolicy;
  /** Releases everything that the engine owns; called once. */
  readonly release: () => Promise<void>;
}

/** Callers of `run` are one program with one user, who may see all of its results. */
const OWN_SCOPE = 'library';

/** The engine over started drivers: refuses what cannot be had, and hands the rest to the pipeline of the run's isolation level. */
export class SandboxEngine implements Engine {
  readonly #parts: SandboxEngineParts;
  #closing: Promise<void> | null = null;

  constructor(parts: SandboxEngineParts) {
    this.#parts = parts;
  }

  get languages(): LanguageCatalogue {
    return this.#parts.levels.default.images.languages;
  }

  get images(): readonly ImageFacts[] {
    return this.#parts.levels.default.images.facts;
  }

  get isolation(): IsolationReport {
    return this.#parts.levels.default.isolation;
  }

  get levels(): readonly LevelFacts[] {
    return this.#parts.levels.facts;
  }

  get pinnableCpus(): readonly number[] {
    return this.#parts.levels.default.cpus.cpus;
  }

  get poolStats(): PoolStats {
    return this.#parts.levels.poolStats;
  }

  get primed(): readonly PrimedStats[] {
    return this.#parts.levels.default.primed;
  }

  check(spec: RunSpec): ResolvedLanguage {
    const level = this.#levelFor(spec);
    const {languages, judge} = level.images.choose(spec);
    const job = planJob(spec, languages, {isLive: false});
    if (spec.judging !== null) judge.check(job, spec.judging);
    return {recipe: job.recipe, toolchain: job.toolchain};
  }

  async execute(spec: RunSpec, options: ExecuteOptions): Promise<RunResult> {
    if (this.#closing !== null)
      throw new SandglassError('shutting-down', 'Cannot run a program: the engine is closed.');
    const {images, timeFactor} = this.#levelFor(spec);
    const {maxLimits} = this.#parts.requests;
    const {pipeline} = images.choose(spec);
    return await pipeline.execute(stretchTimes(spec, {timeFactor, maxLimits}), options);
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

  #levelFor(spec: RunSpec): Level {
    const level = this.#parts.levels.choose(spec.isolation);
    checkNetwork(spec, this.#parts.network, level);
    checkPinning(spec, level.cpus);
    checkRoom(spec, level);
    return level;
  }
}
