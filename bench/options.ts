import {parseArgs} from 'node:util';

/** How much is measured. */
export interface BenchOptions {
  /** Rounds of the side-by-side comparison; each runs every case once, in an order of its own. */
  readonly rounds: number;
  /** Starts of a case within a round. */
  readonly startsPerRound: number;
  /** How long each level of concurrency is kept up, in milliseconds. */
  readonly throughputMs: number;
  /** Runs after which the server's memory is looked at. */
  readonly memoryRuns: number;
}

const STANDARD: BenchOptions = {rounds: 20, startsPerRound: 10, throughputMs: 8000, memoryRuns: 2000};
const QUICK: BenchOptions = {rounds: 4, startsPerRound: 5, throughputMs: 2000, memoryRuns: 500};
const LONG_MEMORY_RUNS = 20_000;

/** `--quick` for a glance, `--long` for the memory over 20 000 runs. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const {values} = parseArgs({
    args: [...args],
    options: {quick: {type: 'boolean', default: false}, long: {type: 'boolean', default: false}},
  });
  const base = values.quick ? QUICK : STANDARD;
  return values.long ? {...base, memoryRuns: LONG_MEMORY_RUNS} : base;
}
