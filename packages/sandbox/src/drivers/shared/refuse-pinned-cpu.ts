import {SandglassError} from '@sandglass/protocol';
import type {SandboxLimits} from '../../driver.ts';

/** Throws `isolation-failed` for a wish that only a driver with `pinnableCpus` can grant: here nothing keeps others off a core. */
export function refusePinnedCpu({pinnedCpu}: SandboxLimits): void {
  if (pinnedCpu === undefined) return;
  throw new SandglassError(
    'isolation-failed',
    `Cannot pin a sandbox to core ${pinnedCpu}: this isolation level cannot keep others off it. Use the linux level for that.`,
  );
}
