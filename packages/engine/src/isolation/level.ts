import {join} from 'node:path';
import {
  createLanguageCatalogue,
  type LanguageCatalogue,
  type PrimeableRuntime,
  primeableCompiler,
  primeableRuntime,
  RECIPES,
} from '@sandglass/languages';
import type {DriverName, IsolationReport, RequestPolicy, RunResult} from '@sandglass/protocol';
import {
  createPool,
  type Driver,
  type ImageDefinition,
  type IsolationFacts,
  microvmPool,
  type PoolStats,
  type PrimedStats,
  type SandboxRoom,
  type WeakerMechanism,
} from '@sandglass/sandbox';
import type {TieredCache} from '../cache/tiered-cache.ts';
import type {EngineLog} from '../engine-log.ts';
import type {EngineOptions} from '../engine-options.ts';
import {type LevelImage, LevelImages} from '../images/level-images.ts';
import type {OfferedImages} from '../images/open-images.ts';
import {Judge} from '../judge/judge.ts';
import type {Grants, NetworkPermission} from '../network/network-permission.ts';
import type {RelayProgram} from '../network/relay.ts';
import type {CompileStage} from '../pipeline/compile-stage.ts';
import {CpuReservations, type PinnableCpus} from '../pipeline/cpu-reservations.ts';
import {pinnableCpus} from '../pipeline/pinnable-cpus.ts';
import {PrimedRuntimes} from '../pipeline/primed-runtimes.ts';
import {ResultCache} from '../pipeline/result-cache.ts';
import {RunPipeline} from '../pipeline/run-pipeline.ts';
import {sandboxLimits} from '../pipeline/run-program.ts';
import {SandboxKeeper} from '../pipeline/sandbox-keeper.ts';
import type {Preparer} from '../prepare/preparer.ts';
import {offeredAt} from './images-for.ts';

/** Everything that runs at one isolation level need, over one started driver. */
export interface Level {
  readonly name: DriverName;
  readonly images: LevelImages;
  /** Programs can be given targets by address, not only by name. */
  readonly hasEveryAddress: boolean;
  /** See `Driver.room`. */
  readonly room: SandboxRoom;
  /** Cores that runs can have to themselves. */
  readonly cpus: PinnableCpus;
  /** See `Driver.timeFactor`. */
  readonly timeFactor: number;
  /** As it is now: a launcher or daemon that was started again may have found another host. */
  readonly isolation: IsolationReport;
  /** What `isolation` calls weaker, with reasons and remedies. */
  readonly weaker: readonly WeakerMechanism[];
  readonly poolStats: PoolStats;
  /** Runtimes that are kept waiting for programs. */
  readonly primed: readonly PrimedStats[];
}

/** What levels share, and what each is set up with. */
export interface LevelParts {
  readonly options: EngineOptions;
  readonly dataDir: string;
  readonly log: EngineLog;
  readonly images: OfferedImages;
  readonly requests: RequestPolicy;
  /** For the host's toolchains. */
  readonly compileStage: CompileStage;
  /** For stored images. */
  readonly imageCompileStage: CompileStage;
  /** Null when nothing is to be prepared for compilers. */
  readonly preparer: Preparer | null;
  readonly results: TieredCache<RunResult>;
  readonly network: NetworkPermission;
  readonly grants: Grants;
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
    images: all,
    requests,
    compileStage,
    imageCompileStage,
    preparer,
    results,
    network,
    grants,
    readRelay,
    nativeDigest,
  }: LevelParts,
  owned: AsyncDisposableStack,
): Promise<Level> {
  owned.use(driver);
  const images = offeredAt(driver.name, all);
  await driver.start({signal: options.signal});
  const pool = owned.use(
    createPool(driver, {
      onPrimeFailure: (runtime, reason) =>
        log.warn({runtime, reason}, 'A runtime cannot be primed; its programs are started the ordinary way.'),
      ...options.pool,
      ...(driver.name === 'microvm' ? microvmPool(options.microvm?.readyMachines) : {}),
      defaultLimits: sandboxLimits(requests.runLimits),
      // Any other image's sandboxes are made when they are asked for.
      kinds: [{image: images.default, network: 'none'}],
    }),
  );
  const runtimes = new PrimedRuntimes();
  const keeper = new SandboxKeeper({pool, log, readRelay, runtimes, network, grants});
  owned.defer(() => keeper.close());
  const cpus = new CpuReservations(pinnableCpus(driver, options.pinnableCpus ?? 'auto'));
  const isolationDigest = `${driver.name} ${nativeDigest}`;
  const openImage = async (image: ImageDefinition): Promise<LevelImage> => {
    const cacheFolder = join(dataDir, 'languages');
    const languages = await createLanguageCatalogue(pool, {
      image,
      cacheFolder,
      isolationDigest,
      recipes: RECIPES.filter(({id}) => options.languages?.includes(id) ?? true),
      signal: options.signal,
    });
    const isHost = image.tree === undefined;
    if (isHost && options.preparations === 'ahead')
      // The default toolchain's; others are made when somebody asks for them.
      for (const {recipe, toolchains} of languages.entries)
        for (const toolchain of toolchains.slice(0, 1))
          preparer?.wantLater(recipe.preparations?.common(toolchain) ?? [], {keeper, image});
    // What a stored image holds is not known to be able to load the library, and only the linux driver's agents have room for runtimes.
    if (isHost && driver.name === 'linux')
      for (const runtime of primeableRuntimes(languages, {options, image, requests})) {
        runtimes.add(image.name, runtime);
        pool.keepPrimed({image: image.name, network: 'none', prime: runtime.template});
      }
    const stage = isHost ? compileStage : imageCompileStage;
    const judge = new Judge({languages, compileStage: stage, limits: requests.runLimits});
    const pipeline = new RunPipeline({
      languages,
      keeper,
      compileStage: stage,
      judge,
      results: new ResultCache(results, driver.name),
      cpus,
      image,
      isolation: () => isolationReport(driver.isolation),
    });
    return {image, languages, judge, pipeline};
  };
  const opened: LevelImage[] = [];
  for (const image of images.definitions) opened.push(await openImage(image));
  return {
    name: driver.name,
    hasEveryAddress: driver.hasEveryAddress ?? false,
    room: driver.room ?? {},
    timeFactor: driver.timeFactor ?? 1,
    images: new LevelImages(opened, images),
    cpus,
    get isolation() {
      return isolationReport(driver.isolation);
    },
    get weaker() {
      return driver.isolation.weaker;
    },
    get poolStats() {
      return pool.stats;
    },
    get primed() {
      return pool.primed;
    },
  };
}

/** Of each language its default toolchain: the others are for those who ask for them. */
function primeableRuntimes(
  {entries}: LanguageCatalogue,
  {options, image, requests}: Pick<LevelParts, 'options' | 'requests'> & {image: ImageDefinition},
): PrimeableRuntime[] {
  const wanted = options.primedLanguages ?? RECIPES.map(({id}) => id);
  return entries.flatMap(({recipe, toolchains: [standard]}) => {
    if (standard === undefined || !wanted.includes(recipe.id)) return [];
    return [
      primeableRuntime(recipe, standard, {image, limits: requests.runLimits}),
      primeableCompiler(recipe, standard, {image, limits: requests.compileLimits}),
    ].filter((runtime) => runtime !== null);
  });
}

function isolationReport({driver, enforced, weaker}: IsolationFacts): IsolationReport {
  return {driver, enforced, weaker: weaker.map(({mechanism}) => mechanism)};
}
