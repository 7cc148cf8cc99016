import type {PoolSettings} from './pool-options.ts';
import {primedTarget} from './primed-target.ts';
import type {Shelf} from './shelf.ts';

/** A ready sandbox with everything around it: agent, namespaces, mounts, cgroups, and the worker's connection. */
const IDLE_SANDBOX_BYTES = 2 * 1024 * 1024;

/** How many sandboxes of a kind should be ready: demand within floor and ceiling, and a fair share of the memory for idle ones. */
export function stockTarget(shelf: Shelf, settings: PoolSettings, idleBytes = IDLE_SANDBOX_BYTES): number {
  if (!shelf.isStocked) return 0;
  if (shelf.kind.prime !== undefined) return primedTarget(shelf, shelf.kind.prime, settings);
  const affordable = Math.floor(settings.idleMemoryBytes / idleBytes / settings.kinds.length);
  const wanted = Math.max(settings.floor, shelf.demand.wanted);
  return Math.min(wanted, settings.ceiling, affordable, settings.maxSandboxes);
}
