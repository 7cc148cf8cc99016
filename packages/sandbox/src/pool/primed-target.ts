import type {RuntimeTemplate} from '../driver.ts';
import type {PoolSettings} from './pool-options.ts';
import type {Shelf} from './shelf.ts';

/** A template that hardly takes memory is no reason to keep hundreds. */
const MOST_BYTES_SHARE = 0.5;

/** What the runtimes of one template may take when nothing happens, unless that is one. */
const FLOOR_BYTES = 24 * 1024 * 1024;

/** How many sandboxes should wait with this template's runtime: as demand says, within a share of the memory for all of them. */
export function primedTarget(shelf: Shelf, template: RuntimeTemplate, settings: PoolSettings): number {
  const affordable = Math.floor((settings.primedMemoryBytes * MOST_BYTES_SHARE) / template.idleBytes);
  const floor = Math.max(1, Math.min(settings.primedFloor, Math.floor(FLOOR_BYTES / template.idleBytes)));
  const wanted = Math.max(floor, shelf.demand.wanted);
  return Math.min(wanted, settings.ceiling, affordable, settings.maxSandboxes);
}
