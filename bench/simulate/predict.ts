import {percentile} from '../statistics.ts';
import type {Arrivals} from './arrivals.ts';
import type {Owner} from './fair-queue.ts';
import {drawnFrom, type MeasuredTimes} from './measured-times.ts';
import type {Failures, Model} from './model.ts';
import {simulate} from './simulate.ts';

export const SCENARIOS = ['poisson', 'bursty', 'failing', 'flooded'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** An installation on paper. */
export interface Plan {
  readonly workers: number;
  /** Of the rate at which the workers' processors have nothing left. */
  readonly load: number;
  readonly scenario: Scenario;
  readonly slots: number;
  /** Cores of a worker's machine. */
  readonly cores: number;
  readonly seed: number;
  readonly runs: number;
}

export interface Prediction {
  readonly plan: Plan;
  readonly perSecond: number;
  /** Of arrival to slot; of interactive owners' runs where there are several. */
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly totalP50Ms: number;
  readonly totalP99Ms: number;
  readonly retried: number;
  /** Processors that accepting and storing so many runs keep busy. */
  readonly apiCores: number;
  readonly databaseCores: number;
}

const ALONE: readonly Owner[] = [{share: 1, weight: 1, lane: 'interactive'}];
/** One owner sends nine of ten runs, and does so as batch; the tables show what the other one waits. */
const FLOODED: readonly Owner[] = [
  {share: 0.1, weight: 1, lane: 'interactive'},
  {share: 0.9, weight: 1, lane: 'batch'},
];
const HOUR_MS = 3_600_000;
/** Far more often than machines die: so that a prediction of minutes has some. `cluster.leaseMs` is its default. */
const FAILING: Failures = {
  meanTimeBetweenMs: HOUR_MS / 6,
  restartMs: 10_000,
  leaseMs: 15_000,
  maxAttempts: 3,
};
/** Stations in front are given so many cores that this much of them is used. */
const FRONT_LOAD = 0.6;
const WARM_UP_SHARE = 0.1;

/** Runs a second that a worker's machine can carry. */
export function workerRate({workerMs}: Pick<MeasuredTimes, 'workerMs'>, cores: number): number {
  return (cores * 1000) / workerMs;
}

export function predict(times: MeasuredTimes, plan: Plan): Prediction {
  const {workers, load, cores, slots, seed, runs, scenario} = plan;
  const perSecond = workers * load * workerRate(times, cores);
  const apiCores = (perSecond * times.apiMs) / 1000;
  const databaseCores = (perSecond * times.databaseMs) / 1000;
  const model: Model = {
    seed,
    arrivals: arrivalsOf(scenario, perSecond),
    owners: scenario === 'flooded' ? FLOODED : ALONE,
    times: drawnFrom(times.samples),
    cpuShare: Math.min(1, times.workerMs / times.meanSlotMs),
    afterMs: Math.max(0, times.workerMs - times.meanSlotMs),
    front: {
      kind: 'own',
      stations: [
        {cores: Math.max(1, Math.ceil(apiCores / FRONT_LOAD)), demandMs: times.apiMs},
        {cores: Math.max(1, Math.ceil(databaseCores / FRONT_LOAD)), demandMs: times.databaseMs},
      ],
    },
    workers,
    slots,
    cores,
    workersPerMachine: 1,
    pool: null,
    failures: scenario === 'failing' ? FAILING : null,
    warmUpRuns: Math.round(runs * WARM_UP_SHARE),
    runs,
  };
  const result = simulate(model);
  const waits = [...(result.waitMsByOwner[0] ?? [])];
  const totals = [...result.totalMs];
  return {
    plan,
    perSecond,
    waitP50Ms: percentile(waits, 0.5),
    waitP99Ms: percentile(waits, 0.99),
    totalP50Ms: percentile(totals, 0.5),
    totalP99Ms: percentile(totals, 0.99),
    retried: result.retried,
    apiCores,
    databaseCores,
  };
}

function arrivalsOf(scenario: Scenario, perSecond: number): Arrivals {
  return scenario === 'bursty'
    ? {kind: 'bursty', perSecond, factor: 3, burstShare: 0.1, burstMs: 500}
    : {kind: 'poisson', perSecond};
}
