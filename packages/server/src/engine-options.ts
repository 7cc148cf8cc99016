import type {EngineLog, EngineOptions} from '@sandglass/engine';
import {SandglassError} from '@sandglass/protocol';
import {concurrencyOf} from './concurrency.ts';
import type {Config} from './config/config-schema.ts';
import {imagePolicy} from './image-policy.ts';
import {networkPermission} from './network-permission.ts';
import {requestPolicy} from './request-policy.ts';

/** The engine's part of the settings. */
export function engineOptions(config: Config, log: EngineLog): EngineOptions {
  return {
    dataDir: config.dataDir,
    linux: {diskIoBytesPerSecond: config.diskIoBytesPerSecond},
    ...levelOptions(config),
    images: imagePolicy(config),
    allowWeaker: config.allowWeaker,
    network: networkPermission(config),
    requests: requestPolicy(config),
    cacheBytes: config.cacheBytes,
    sharedCache: config.sharedCache.url === '' ? undefined : config.sharedCache,
    preparations: config.preparations,
    pinnableCpus: config.pinnableCpus,
    primedLanguages: config.primedLanguages.includes('all') ? undefined : config.primedLanguages,
    pool: {
      primedMemoryBytes: config.primedMemoryBytes,
      floor: config.poolFloor,
      ceiling: config.poolCeiling,
      // A run holds at most two at once, one that compiles and one that waits to run; the rest are ready ones.
      maxSandboxes: config.poolCeiling + 2 * (concurrencyOf(config) + config.live.maxSessions),
    },
    log,
  };
}

/** Which isolation levels there are, and how each is set up. Throws `configuration-invalid`. */
export function levelOptions({
  isolation,
}: Config): Pick<EngineOptions, 'isolation' | 'docker' | 'gvisor' | 'microvm'> {
  return {
    isolation: {default: isolation.default, allowed: isolation.allowed},
    docker: dockerOptions(isolation.docker),
    gvisor: gvisorOptions(isolation.gvisor),
    microvm: microvmOptions(isolation.microvm),
  };
}

/** Empty settings leave the choice to the driver and its daemon. */
function dockerOptions({
  socket,
  runtime,
}: Config['isolation']['docker']): NonNullable<EngineOptions['docker']> {
  return {...(socket === '' ? {} : {socketPath: socket}), ...(runtime === '' ? {} : {runtime})};
}

function gvisorOptions({
  runsc,
  platform,
}: Config['isolation']['gvisor']): NonNullable<EngineOptions['gvisor']> {
  return {...(runsc === '' ? {} : {runsc}), ...(platform === 'auto' ? {} : {platform})};
}

function microvmOptions({
  kernel,
  modules,
  qemu,
  firecracker,
  jailer,
  ...settings
}: Config['isolation']['microvm']): NonNullable<EngineOptions['microvm']> {
  if (kernel === '' && modules !== '')
    throw new SandglassError(
      'configuration-invalid',
      'Cannot use the settings of virtual machines: isolation.microvm.modules belong to a kernel. Name it in isolation.microvm.kernel, or leave both out.',
    );
  return {
    ...settings,
    ...(kernel === '' ? {} : {kernel: {path: kernel, modulesPath: modules === '' ? null : modules}}),
    programs: {
      ...(qemu === '' ? {} : {qemu}),
      ...(firecracker === '' ? {} : {firecracker}),
      ...(jailer === '' ? {} : {jailer}),
    },
  };
}
