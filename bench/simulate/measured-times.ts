import {readFile} from 'node:fs/promises';
import type {CombinationCase} from '../cluster/measure-combinations.ts';
import type {BenchReport} from '../report/bench-report.ts';
import type {RunTimes} from './model.ts';
import type {Random} from './random.ts';

/** What the benchmark found out about one installation, as the simulation needs it; milliseconds for each run. */
export interface MeasuredTimes {
  readonly name: string;
  readonly samples: readonly RunTimes[];
  readonly meanSlotMs: number;
  readonly meanTotalMs: number;
  /** Processor time, by who uses it. */
  readonly apiMs: number;
  readonly databaseMs: number;
  /** Worker, launcher, sandboxes and the program. */
  readonly workerMs: number;
}

/** Reads what `npm run bench -- --only combinations` wrote. Throws when it holds no installation with that broker and one worker. */
export async function readMeasuredTimes(path: string, name: string): Promise<MeasuredTimes> {
  const {combinations} = JSON.parse(await readFile(path, 'utf8')) as Partial<BenchReport>; // Written by our own benchmark; what is used is checked.
  const found = combinations?.phases
    .find(({workers}) => workers === 1)
    ?.cases.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(
      `Cannot take times from ${path}: it has no figures of ${name} with one worker. Run "npm run bench -- --only combinations" first, or name another file with --times.`,
    );
  return measuredTimes(found);
}

export function measuredTimes({name, samplesMs, queuedMs, cpuMsPerRun}: CombinationCase): MeasuredTimes {
  const samples = runTimes(samplesMs, queuedMs);
  const {API = 0, PostgreSQL = 0, broker = 0, worker = 0, sandboxes = 0} = cpuMsPerRun;
  return {
    name,
    samples,
    meanSlotMs: mean(samples.map(({slotMs}) => slotMs)),
    meanTotalMs: mean(samplesMs),
    apiMs: API,
    databaseMs: PostgreSQL + broker,
    workerMs: worker + sandboxes,
  };
}

/** Each run's own pair: what was before its slot and what was in it. */
export function runTimes(samplesMs: readonly number[], queuedMs: readonly number[]): RunTimes[] {
  return samplesMs.map((totalMs, index) => {
    const frontMs = Math.min(totalMs, queuedMs[index] ?? 0);
    return {frontMs, slotMs: totalMs - frontMs};
  });
}

export function drawnFrom(samples: readonly RunTimes[]): (random: Random) => RunTimes {
  return (random) => random.pick(samples);
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('Cannot take the mean of nothing.');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
