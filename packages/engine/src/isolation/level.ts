import {join} from 'node:path';
import {createLanguageCatalogue, type LanguageCatalogue} from '@sandglass/languages';
import type {DriverName, IsolationReport, RequestPolicy, RunResult} from '@sandglass/protocol';
import {
  createPool,
  type Driver,
  type ImageDefinition,
  type IsolationFacts,
  type PoolStats,
} from '@sandglass/sandbox';
import type {TieredCache} from '../cache/tiered-cache.ts';
import type {EngineLog} from '../engine-log.ts';
import type {EngineOptions} from '../engine-options.ts';
import {Judge} from '../judge/judge.ts';
import type {RelayProgram} from '../network/relay.ts';
import type {CompileStage} from '../pipeline/compile-stage.ts';
import {CpuReservations, type PinnableCpus} from '../pipeline/cpu-reservations.ts';
import {pinnableCpus} from '../pipeline/pinnable-cpus.ts';
import {ResultCache} from '../pipeline/result-cache.ts';
import {RunPipeline} from '../pipeline/run-pipeline.ts';
import {sandboxLimits} from '../pipeline/run-program.ts';
import {SandboxKeeper} from '../pipeline/sandbox-keeper.ts';
import type {Preparer} from '../prepare/preparer.ts';

/** Everything that runs at one isolation level need, over one started driver. */
export interface Level {
  readonly name: DriverName;
  readonly languages: LanguageCatalogue;
  readonly judge: Judge;
  readonly pipeline: RunPipeline;
  /** Cores that runs can have to themselves. */
  readonly cpus: PinnableCpus;
  /** As it is now: a launcher or daemon that was started again may have found another host. */
  readonly isolation: IsolationReport;
  readonly poolStats: PoolStats;
}

/** What levels share, and what each is set up with. */
export interface LevelParts {
  readonly options: EngineOptions;
  readonly dataDir: string;
  readonly log: EngineLog;
  readonly image: ImageDefinition;
  readonly requests: RequestPolicy;
  readonly compileStage: CompileStage;
  /** Null when nothing is to be prepared for compilers. */
  readonly preparer: Preparer | null;
  readonly results: TieredCache<RunResult>;
  readonly readRelay: () => Promise<RelayProgram>;
  /** Changes with the build of launcher and agent. */
  readonly nativeDigest: string;
}

/**
 * Starts a driver, its pool, and proves the languages in its sandboxes: what runs at one level need not run at another. Everything
 * is released through `owned`, the driver as well, whether or not this succeeds.
 */
export async function openLevel(
  driver: Driver,
  {
    options,
    dataDir,
    log,
    image,
    requests,
    compileStage,
    preparer,
    results,
    readRelay,
    nativeDigest,
  }: LevelParts,
  owned: AsyncDisposableStack,
): Promise<Level> {
  owned.use(driver);
  await driver.start({signal: options.signal});
  const pool = owned.use(
    createPool(driver, {
      ...options.pool,
      defaultLimits: sandboxLimits(requests.runLimits),
      kinds: [{image: image.name, network: 'none'}],
    }),
  );
  const keeper = new SandboxKeeper({pool, log, readRelay});
  owned.defer(() => keeper.close());
  const languages = await createLanguageCatalogue(pool, {
    image,
    cacheFolder: join(dataDir, 'languages'),
    isolationDigest: `${driver.name} ${nativeDigest}`,
    signal: options.signal,
  });
  if (options.preparations === 'ahead')
    // The default toolchain's; others are made when somebody asks for them.
    for (const {recipe, toolchains} of languages.entries)
      for (const toolchain of toolchains.slice(0, 1))
        preparer?.wantLater(recipe.preparations?.common(toolchain) ?? [], {keeper, image: image.name});
  const judge = new Judge({languages, compileStage, limits: requests.runLimits});
  const cpus = new CpuReservations(pinnableCpus(driver, options.pinnableCpus ?? 'auto'));
  const pipeline = new RunPipeline({
    languages,
    keeper,
    compileStage,
    judge,
    results: new ResultCache(results, driver.name),
    cpus,
    image: image.name,
    isolation: () => isolationReport(driver.isolation),
  });
  return {
    name: driver.name,
    languages,
    judge,
    pipeline,
    cpus,
    get isolation() {
      return isolationReport(driver.isolation);
    },
    get poolStats() {
      return pool.stats;
    },
  };
}

function isolationReport({driver, enforced, weaker}: IsolationFacts): IsolationReport {
  return {driver, enforced, weaker: weaker.map(({mechanism}) => mechanism)};
}
