import type {EngineOptions} from '@sandglass/engine';
import {type Config, imagePolicy, networkPermission, requestPolicy} from '@sandglass/server/config';

/**
 * An engine for one run at a time: the settings of a server, but a single ready sandbox and no primed runtime, so that it starts at once.
 * @param image the one that was asked for; whoever types commands here is the operator, so it need not be offered
 */
export function engineOptions(config: Config, image?: string): EngineOptions {
  const {dataDir, allowWeaker, cacheBytes} = config;
  const network = networkPermission(config);
  const images = image === undefined ? imagePolicy(config) : {offered: [image]};
  return {
    dataDir,
    allowWeaker,
    network,
    cacheBytes,
    images,
    requests: requestPolicy(config),
    pool: {floor: 1, primedMemoryBytes: 0},
  };
}
