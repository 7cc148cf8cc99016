import type {EngineOptions} from '@sandglass/engine';
import {type Config, requestPolicy} from '@sandglass/server/config';

/** An engine for one run at a time: the settings of a server, but a single ready sandbox, so that it starts at once. */
export function engineOptions(config: Config): EngineOptions {
  const {dataDir, allowWeaker, network, cacheBytes} = config;
  return {dataDir, allowWeaker, network, cacheBytes, requests: requestPolicy(config), pool: {floor: 1}};
}
