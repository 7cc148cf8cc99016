import type {RequestPolicy} from '@sandglass/protocol';
import type {Config} from './config/config-schema.ts';
import {MAX_BODY_BYTES} from './http/read-json.ts';

/** What requests get and may ask for by these settings. A request cannot hold more content than its body has bytes. */
export function requestPolicy({limits, compileLimits, maxLimits}: Config): RequestPolicy {
  return {runLimits: limits, compileLimits, maxLimits, maxContentBytes: MAX_BODY_BYTES};
}
