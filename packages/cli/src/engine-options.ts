import type {EngineOptions} from '@sandglass/engine';
import {DRIVER_NAMES} from '@sandglass/protocol';
import {
  type Config,
  imagePolicy,
  levelOptions,
  networkPermission,
  requestPolicy,
} from '@sandglass/server/config';

/** What was asked for by name. Whoever types commands here is the operator, so it need not be offered or allowed. */
export interface Wishes {
  readonly image?: string | undefined;
  /** Any text; the engine refuses what is no level. */
  readonly isolation?: string | undefined;
}

/** An engine for one run at a time: the settings of a server, but a single ready sandbox and no primed runtime, so that it starts at once. */
export function engineOptions(config: Config, {image, isolation}: Wishes = {}): EngineOptions {
  const {dataDir, allowWeaker, cacheBytes} = config;
  const network = networkPermission(config);
  const images = image === undefined ? imagePolicy(config) : {offered: [image]};
  const level = DRIVER_NAMES.find((name) => name === isolation);
  const levels = levelOptions(config);
  return {
    dataDir,
    ...levels,
    microvm: {...levels.microvm, readyMachines: 1},
    ...(level === undefined ? {} : {isolation: {default: level, allowed: [level]}}),
    allowWeaker,
    network,
    cacheBytes,
    images,
    requests: requestPolicy(config),
    pool: {floor: 1, primedMemoryBytes: 0},
  };
}
