import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {ImageStore, imageStoreFolder} from '@sandglass/images';
import {createHostImage, fileIdentity, hostPath, prepareGoCache} from '@sandglass/languages';
import {DEFAULT_REQUEST_POLICY, type RunResult} from '@sandglass/protocol';
import type {Driver, ImageDefinition} from '@sandglass/sandbox';
import {COMPILED_CODEC, type KeptCompile} from './cache/compiled-codec.ts';
import {DiskStore} from './cache/disk-store.ts';
import {openSharedStore} from './cache/open-shared-store.ts';
import {RESULT_CODEC} from './cache/result-codec.ts';
import {TieredCache} from './cache/tiered-cache.ts';
import {defaultDataDir} from './default-data-dir.ts';
import type {Engine} from './engine.ts';
import {type EngineLog, SILENT_LOG} from './engine-log.ts';
import type {EngineOptions} from './engine-options.ts';
import {openImages} from './images/open-images.ts';
import {createDriver, type DriverParts} from './isolation/create-driver.ts';
import {openLevels} from './isolation/open-levels.ts';
import {nativeDigest} from './native-digest.ts';
import {readGrants} from './network/network-permission.ts';
import {type RelayProgram, readRelayProgram} from './network/relay.ts';
import {CompileStage} from './pipeline/compile-stage.ts';
import {PreparedFolder} from './prepare/prepared-folder.ts';
import {Preparer} from './prepare/preparer.ts';
import {SandboxEngine} from './sandbox-engine.ts';

/** Where `make -C native` leaves launcher and agent. */
const NATIVE_DIR = fileURLToPath(new URL('../../../native/build', import.meta.url));

const GIB = 1024 ** 3;
const DEFAULT_CACHE_BYTES = 2 * GIB;
const RESULTS_SHARE = 1 / 4;
/** Room for what is prepared for compilers: the largest precompiled header is 120 MiB. */
const PREPARED_BYTES = 1.5 * GIB;
/** Compiled programs that are asked for over and over, such as a contest's; about a thousand of the usual size. */
const HOT_COMPILES_BYTES = 64 * 1024 * 1024;
const HOT_RESULTS_BYTES = 16 * 1024 * 1024;

/** A room for one resource after another; on failure, and at the end, they are released in the opposite order. */
interface Setup {
  readonly options: EngineOptions;
  readonly dataDir: string;
  readonly log: EngineLog;
  readonly owned: AsyncDisposableStack;
}

/**
 * Starts an engine: for each isolation level a driver, a pool of ready sandboxes and languages proven to run; caches. The caller owns it and disposes it after its
 * runs have ended.
 *
 * ```ts
 * await using engine = await createEngine();
 * const result = await engine.run({language: 'python', code: 'print(1)'});
 * ```
 *
 * Throws `unknown-image` for an offered image that is not stored, `isolation-unavailable` with the remedy when the host cannot isolate programs as required, `configuration-invalid` when
 * others may write to the data folder.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  await using owned = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? defaultDataDir(process.env);
  const setup: Setup = {options, dataDir, log: options.log ?? SILENT_LOG, owned};
  const requests = options.requests ?? DEFAULT_REQUEST_POLICY;

  const network = options.network ?? {allowInternet: false, allow: []};
  const grants = readGrants(network);
  const [compiles, results] = await openCaches(setup);
  const prepared = options.preparations === 'off' ? null : await openPrepared(dataDir);
  const preparer = prepared && new Preparer({folder: prepared, log: setup.log});
  const images = await openImages(options.images ?? {}, {
    store: new ImageStore(imageStoreFolder(dataDir)),
    host: () => hostImage(setup, prepared),
  });
  const nativeDir = options.linux?.nativeDir ?? NATIVE_DIR;
  let relay: Promise<RelayProgram> | undefined;
  const levels = await openLevels(
    options.drivers ?? allowedDrivers({...setup, images: images.definitions, nativeDir}),
    {
      ...setup,
      images,
      requests,
      compileStage: new CompileStage(compiles, preparer),
      // What is prepared is made with the host's compilers, and only fits those.
      imageCompileStage: new CompileStage(compiles, null),
      preparer,
      results,
      network,
      grants,
      readRelay: () => (relay ??= readRelayProgram(join(nativeDir, 'sandglass-relay'))),
      nativeDigest: await nativeDigest(nativeDir),
    },
    owned,
  );
  // Released first: what it is making stands in a sandbox of one of the levels.
  if (preparer !== null) owned.use(preparer);
  const release = owned.move();
  return new SandboxEngine({
    levels,
    network,
    requests,
    release: () => release.disposeAsync(),
  });
}

/** Inputs are named as sandboxes see them, which is how the host's own image has them too. */
async function openPrepared(dataDir: string): Promise<PreparedFolder> {
  const image = createHostImage();
  return await PreparedFolder.open(join(dataDir, 'prepared'), {
    maxBytes: PREPARED_BYTES,
    identify: (path) => {
      const host = hostPath(image, path);
      return host === null ? null : fileIdentity(host);
    },
  });
}

async function hostImage(
  {options, dataDir, log}: Setup,
  prepared: PreparedFolder | null,
): Promise<ImageDefinition> {
  const goCache = await prepareGoCache({
    folder: join(dataDir, 'go-cache'),
    onProgress: (message) => log.info({}, message),
    signal: options.signal,
  });
  const primeLibrary = join(options.linux?.nativeDir ?? NATIVE_DIR, 'sandglass-prime.so');
  return createHostImage({goCache, prepared: prepared?.files ?? null, primeLibrary});
}

function allowedDrivers(parts: DriverParts): readonly Driver[] {
  const allowed = parts.options.isolation?.allowed ?? ['linux'];
  return [...new Set(allowed)].map((name) => createDriver(name, parts));
}

async function openCaches({options, dataDir, log, owned}: Setup) {
  const maxBytes = options.cacheBytes ?? DEFAULT_CACHE_BYTES;
  const open = (name: string, bytes: number) =>
    DiskStore.open(join(dataDir, 'cache', name), {maxBytes: bytes});
  const shared = options.sharedCache ? openSharedStore(options.sharedCache, log) : null;
  // Released last: what is still being written goes there as well.
  if (shared !== null) owned.use(shared);
  const compiles = new TieredCache<KeptCompile>({
    disk: await open('compile', maxBytes),
    shared,
    codec: COMPILED_CODEC,
    memoryBytes: HOT_COMPILES_BYTES,
    log,
  });
  const results = new TieredCache<RunResult>({
    disk: await open('result', maxBytes * RESULTS_SHARE),
    // Results belong to the circle of callers that asked for them.
    shared: null,
    codec: RESULT_CODEC,
    memoryBytes: HOT_RESULTS_BYTES,
    log,
  });
  return [owned.use(compiles), owned.use(results)] as const;
}
