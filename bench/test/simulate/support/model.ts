import type {Model} from '../../../simulate/model.ts';
import {simulate} from '../../../simulate/simulate.ts';

/** One worker with one slot on a machine that is never slow, nothing in front of it and nobody who fails: theory's single server. */
export const PLAIN: Model = {
  seed: 1,
  arrivals: {kind: 'poisson', perSecond: 50},
  owners: [{share: 1, weight: 1, lane: 'interactive'}],
  times: () => ({frontMs: 0, slotMs: 10}),
  cpuShare: 1,
  afterMs: 0,
  front: {kind: 'own', stations: []},
  workers: 1,
  slots: 1,
  cores: Number.POSITIVE_INFINITY,
  workersPerMachine: 1,
  pool: null,
  failures: null,
  warmUpRuns: 1_000,
  runs: 10_000,
};

const REPETITIONS = 10;
/** Student's t for nine degrees of freedom, two-sided 99 %. */
const T_99 = 3.25;

/** A figure of independent repetitions with its 99 % interval. */
export function repeated(model: Model, figure: (result: ReturnType<typeof simulate>) => number) {
  const values = Array.from({length: REPETITIONS}, (_, index) =>
    figure(simulate({...model, seed: index + 1})),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = T_99 * Math.sqrt(variance / values.length);
  return {mean, low: mean - half, high: mean + half};
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
