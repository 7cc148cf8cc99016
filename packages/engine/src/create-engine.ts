import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {createHostImage, createLanguageCatalogue, prepareGoCache} from '@sandglass/languages';
import {DEFAULT_REQUEST_POLICY, type IsolationReport, type RunResult} from '@sandglass/protocol';
import {
  createPool,
  type Driver,
  defaultRunDir,
  type ImageDefinition,
  type IsolationFacts,
  LinuxDriver,
} from '@sandglass/sandbox';
import {COMPILED_CODEC, type KeptCompile} from './cache/compiled-codec.ts';
import {DiskStore} from './cache/disk-store.ts';
import {RESULT_CODEC} from './cache/result-codec.ts';
import {TieredCache} from './cache/tiered-cache.ts';
import {defaultDataDir} from './default-data-dir.ts';
import type {Engine} from './engine.ts';
import {type EngineLog, SILENT_LOG} from './engine-log.ts';
import type {EngineOptions} from './engine-options.ts';
import {Judge} from './judge/judge.ts';
import {nativeDigest} from './native-digest.ts';
import {type RelayProgram, readRelayProgram} from './network/relay.ts';
import {CompileStage} from './pipeline/compile-stage.ts';
import {ResultCache} from './pipeline/result-cache.ts';
import {RunPipeline} from './pipeline/run-pipeline.ts';
import {sandboxLimits} from './pipeline/run-program.ts';
import {SandboxKeeper} from './pipeline/sandbox-keeper.ts';
import {SandboxEngine} from './sandbox-engine.ts';

/** Where `make -C native` leaves launcher and agent. */
const NATIVE_DIR = fileURLToPath(new URL('../../../native/build', import.meta.url));

const GIB = 1024 ** 3;
const DEFAULT_CACHE_BYTES = 2 * GIB;
const RESULTS_SHARE = 1 / 4;
/** Compiled programs that are asked for over and over, such as a contest's; about a thousand of the usual size. */
const HOT_COMPILES_BYTES = 64 * 1024 * 1024;
const HOT_RESULTS_BYTES = 16 * 1024 * 1024;

/** What the launcher refuses to do without unless told so; the names are its own (`native/launcher/mechanisms.h`). */
const REQUIRED_MECHANISMS = ['memory', 'pids', 'cpu', 'separate-uid'];

/** A room for one resource after another; on failure, and at the end, they are released in the opposite order. */
interface Setup {
  readonly options: EngineOptions;
  readonly dataDir: string;
  readonly log: EngineLog;
  readonly owned: AsyncDisposableStack;
}

/**
 * Starts an engine: driver, pool of ready sandboxes, languages proven to run, caches. The caller owns it and disposes it after its
 * runs have ended.
 *
 * ```ts
 * await using engine = await createEngine();
 * const result = await engine.run({language: 'python', code: 'print(1)'});
 * ```
 *
 * Throws `isolation-unavailable` with the remedy when the host cannot isolate programs as required, `configuration-invalid` when
 * others may write to the data folder.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  await using owned = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? defaultDataDir(process.env);
  const setup: Setup = {options, dataDir, log: options.log ?? SILENT_LOG, owned};
  const requests = options.requests ?? DEFAULT_REQUEST_POLICY;

  const [compiles, results] = await openCaches(setup);
  const goCache = await prepareGoCache({
    folder: join(dataDir, 'go-cache'),
    onProgress: (message) => setup.log.info({}, message),
    signal: options.signal,
  });
  const image = createHostImage({goCache});
  const driver = await startDriver(setup, image);
  const pool = owned.use(
    createPool(driver, {
      ...options.pool,
      defaultLimits: sandboxLimits(requests.runLimits),
      kinds: [{image: image.name, network: 'none'}],
    }),
  );
  const nativeDir = options.linux?.nativeDir ?? NATIVE_DIR;
  let relay: Promise<RelayProgram> | undefined;
  const keeper = new SandboxKeeper({
    pool,
    log: setup.log,
    readRelay: () => (relay ??= readRelayProgram(join(nativeDir, 'sandglass-relay'))),
  });
  owned.defer(() => keeper.close());
  const languages = await createLanguageCatalogue(pool, {
    image,
    cacheFolder: join(dataDir, 'languages'),
    isolationDigest: await nativeDigest(nativeDir),
    signal: options.signal,
  });

  // Asked for anew each time: a launcher that was started again may have found another host.
  const isolation = () => isolationReport(driver.isolation);
  const release = owned.move();
  const compileStage = new CompileStage(compiles);
  const judge = new Judge({languages, compileStage, limits: requests.runLimits});
  return new SandboxEngine({
    judge,
    pipeline: new RunPipeline({
      languages,
      keeper,
      compileStage,
      judge,
      results: new ResultCache(results),
      image: image.name,
      isolation,
    }),
    languages,
    isolation,
    pool,
    permissions: {
      driver: driver.name,
      isolation: options.isolation ?? [driver.name],
      network: options.network ?? {allowInternet: false, allow: []},
    },
    requests,
    release: () => release.disposeAsync(),
  });
}

async function startDriver({options, dataDir, log, owned}: Setup, image: ImageDefinition): Promise<Driver> {
  const driver =
    options.driver ??
    new LinuxDriver({
      nativeDir: NATIVE_DIR,
      runDir: defaultRunDir({
        isRoot: process.getuid?.() === 0,
        xdgRuntimeDir: process.env.XDG_RUNTIME_DIR,
        dataDir,
      }),
      images: [image],
      allowWeaker: options.allowWeaker ? REQUIRED_MECHANISMS : [],
      onLog: (line) => log.warn({line}, 'The sandbox launcher says something.'),
      ...options.linux,
    });
  owned.use(driver);
  await driver.start({signal: options.signal});
  return driver;
}

async function openCaches({options, dataDir, log, owned}: Setup) {
  const maxBytes = options.cacheBytes ?? DEFAULT_CACHE_BYTES;
  const open = (name: string, bytes: number) =>
    DiskStore.open(join(dataDir, 'cache', name), {maxBytes: bytes});
  const compiles = new TieredCache<KeptCompile>({
    disk: await open('compile', maxBytes),
    codec: COMPILED_CODEC,
    memoryBytes: HOT_COMPILES_BYTES,
    log,
  });
  const results = new TieredCache<RunResult>({
    disk: await open('result', maxBytes * RESULTS_SHARE),
    codec: RESULT_CODEC,
    memoryBytes: HOT_RESULTS_BYTES,
    log,
  });
  return [owned.use(compiles), owned.use(results)] as const;
}

function isolationReport({driver, enforced, weaker}: IsolationFacts): IsolationReport {
  return {driver, enforced, weaker: weaker.map(({mechanism}) => mechanism)};
}
