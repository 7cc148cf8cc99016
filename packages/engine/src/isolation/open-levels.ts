import type {Driver} from '@sandglass/sandbox';
import {type Level, type LevelParts, openLevel} from './level.ts';
import {type FailedLevel, Levels} from './levels.ts';

/**
 * Starts every driver, all at once. A level that does not start is left out and said so, unless it is the one that runs get by
 * default. Everything is released through `owned`. Throws what the default level's driver throws.
 */
export async function openLevels(
  drivers: readonly Driver[],
  parts: LevelParts,
  owned: AsyncDisposableStack,
): Promise<Levels> {
  const ends = await Promise.all(drivers.map((driver) => tryToOpen(driver, parts, owned)));
  parts.options.signal?.throwIfAborted();
  const failed = ends.filter((end) => 'error' in end);
  const open = ends.filter((end) => 'images' in end);
  const levels = new Levels(open, failed, parts.options.isolation?.default ?? 'auto');
  for (const {name, error} of failed)
    parts.log.warn({level: name, error}, 'An isolation level cannot be had.');
  return levels;
}

async function tryToOpen(
  driver: Driver,
  parts: LevelParts,
  owned: AsyncDisposableStack,
): Promise<Level | FailedLevel> {
  await using resources = new AsyncDisposableStack();
  try {
    const level = await openLevel(driver, parts, resources);
    owned.use(resources.move());
    return level;
  } catch (error) {
    return {name: driver.name, error: error instanceof Error ? error : new Error(String(error))};
  }
}
