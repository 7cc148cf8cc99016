import {availableParallelism} from 'node:os';
import type {Config} from './config/config-schema.ts';

/**
 * Four runs for each core: while one waits for its sandbox, its files or its sleep, another computes. Each is held to its own share of
 * processor time by its limits, so more of them lengthen runs rather than break them.
 */
const RUNS_PER_CORE = 4;

/** How many runs are executed at once. */
export function concurrencyOf({concurrency}: Pick<Config, 'concurrency'>): number {
  return concurrency === 0 ? availableParallelism() * RUNS_PER_CORE : concurrency;
}
