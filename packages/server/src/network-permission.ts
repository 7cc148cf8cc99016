import type {NetworkPermission} from '@sandglass/engine';
import type {Config} from './config/config-schema.ts';

/** What runs may reach by these settings. */
export function networkPermission({network}: Config): NetworkPermission {
  return {...network, internetPorts: network.internetPorts.map(Number)};
}
