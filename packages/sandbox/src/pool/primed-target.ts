import type {RuntimeTemplate} from '../driver.ts';
import type {PoolSettings} from './pool-options.ts';
import type {Shelf} from './shelf.ts';

/** A template that hardly takes memory is no reason to keep hundreds. */
const MOST_BYTES_SHARE = 0.5;

/** How many sandboxes should wait with this template's runtime: as demand says, within a share of the memory for all of them. */
export function primedTarget(shelf: Shelf, template: RuntimeTemplate, settings: PoolSettings): number {
  const affordable = Math.floor((settings.primedMemoryBytes * MOST_BYTES_SHARE) / template.idleBytes);
  const wanted = Math.max(settings.primedFloor, shelf.demand.wanted);
  return Math.min(wanted, settings.ceiling, affordable, settings.maxSandboxes);
}
