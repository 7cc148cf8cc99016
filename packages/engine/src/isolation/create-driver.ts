import {type DriverName, SandglassError} from '@sandglass/protocol';
import {
  DEFAULT_PRIMED_MEMORY_BYTES,
  DockerDriver,
  type Driver,
  defaultRunDir,
  GvisorDriver,
  gvisorFolder,
  type ImageDefinition,
  LinuxDriver,
  MicrovmDriver,
  microvmCacheFolder,
} from '@sandglass/sandbox';
import type {EngineLog} from '../engine-log.ts';
import type {EngineOptions} from '../engine-options.ts';
import {treeImages} from './images-for.ts';

/** What the launcher refuses to do without unless told so; the names are its own (`native/launcher/mechanisms.h`). */
const REQUIRED_MECHANISMS = ['memory', 'pids', 'cpu', 'separate-uid'];

/** The same of the microvm driver, for monitors on the host. */
const REQUIRED_OF_MACHINES = ['monitor-user', 'monitor-bounds'];

export interface DriverParts {
  readonly options: EngineOptions;
  readonly dataDir: string;
  readonly log: EngineLog;
  readonly images: readonly ImageDefinition[];
  readonly nativeDir: string;
}

/** The driver of a level, not started yet. Throws `isolation-unavailable` for a level that nobody has written a driver for. */
export function createDriver(
  name: DriverName,
  {options, dataDir, log, images, nativeDir}: DriverParts,
): Driver {
  const runDir = defaultRunDir({
    isRoot: process.getuid?.() === 0,
    xdgRuntimeDir: process.env.XDG_RUNTIME_DIR,
    dataDir,
  });
  switch (name) {
    case 'linux':
      return new LinuxDriver({
        nativeDir,
        runDir,
        images,
        allowWeaker: options.allowWeaker ? REQUIRED_MECHANISMS : [],
        primedMemoryBytes: options.pool?.primedMemoryBytes ?? DEFAULT_PRIMED_MEMORY_BYTES,
        onLog: (line) => log.warn({line}, 'The sandbox launcher says something.'),
        ...options.linux,
      });
    case 'docker':
      return new DockerDriver({
        nativeDir,
        runDir,
        images,
        allowWeaker: options.allowWeaker ?? false,
        onLog: (line) => log.info({line}, 'The docker driver says something.'),
        ...options.docker,
      });
    case 'microvm': {
      const {readyMachines: _forThePool, ...settings} = options.microvm ?? {};
      return new MicrovmDriver({
        nativeDir,
        cacheDir: microvmCacheFolder(dataDir),
        images: treeImages(images),
        allowWeaker: options.allowWeaker ? REQUIRED_OF_MACHINES : [],
        onLog: (line) => log.info({line}, 'The microvm driver says something.'),
        ...settings,
      });
    }
    case 'gvisor':
      return new GvisorDriver({
        nativeDir,
        runDir,
        images,
        fetchedIn: gvisorFolder(dataDir),
        allowWeaker: options.allowWeaker ?? false,
        onLog: (line) => log.info({line}, 'The gvisor driver says something.'),
        ...options.gvisor,
      });
    case 'kubernetes':
      throw new SandglassError(
        'isolation-unavailable',
        `Cannot isolate with "${name}": this version of Sandglass has no driver for it. Remove it from isolation.allowed.`,
      );
    default:
      return name satisfies never;
  }
}
