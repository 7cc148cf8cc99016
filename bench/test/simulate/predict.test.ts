import {describe, expect, it} from 'vitest';
import type {CombinationCase} from '../../cluster/measure-combinations.ts';
import {planCells} from '../../simulate/cells.ts';
import {measuredTimes} from '../../simulate/measured-times.ts';
import {predict, workerRate} from '../../simulate/predict.ts';

const CASE: CombinationCase = {
  name: 'BullMQ/PostgreSQL',
  workers: 1,
  samplesMs: [8, 9, 10, 13],
  queuedMs: [2, 3, 3, 4],
  clients: 32,
  runsPerSecond: [100],
  cpuMsPerRun: {API: 1, worker: 2, sandboxes: 3, PostgreSQL: 0.8, broker: 0.2},
};
const TIMES = measuredTimes(CASE);
const PLAN = {
  workers: 10,
  load: 0.5,
  scenario: 'poisson',
  slots: 8,
  cores: 2,
  seed: 1,
  runs: 10_000,
} as const;

describe('a prediction', () => {
  it('takes its times from what the benchmark measured', () => {
    expect(TIMES).toMatchObject({apiMs: 1, databaseMs: 1, workerMs: 5, meanTotalMs: 10, meanSlotMs: 7});
    expect(workerRate(TIMES, 2)).toBe(400);
  });

  it('is of so much of what the workers carry, and waits no less than a single run', () => {
    const {perSecond, waitP50Ms, totalP99Ms, apiCores} = predict(TIMES, PLAN);
    expect(perSecond).toBe(2_000);
    expect(apiCores).toBe(2);
    expect(waitP50Ms).toBeGreaterThanOrEqual(2);
    expect(totalP99Ms).toBeGreaterThanOrEqual(13);
  });

  it('is longer with more load, and in bursts, and the same for the same seed', () => {
    const calm = predict(TIMES, PLAN);
    expect(predict(TIMES, PLAN)).toEqual(calm);
    expect(predict(TIMES, {...PLAN, load: 0.95}).totalP99Ms).toBeGreaterThan(calm.totalP99Ms);
    expect(predict(TIMES, {...PLAN, load: 0.8, scenario: 'bursty'}).waitP99Ms).toBeGreaterThan(
      2 * predict(TIMES, {...PLAN, load: 0.8}).waitP99Ms,
    );
  });

  it('makes cells as many as their databases need, and fills each with what it carries', () => {
    const {cells, perCell} = planCells(TIMES, 100_000, {databaseCores: 32, workerCores: 2, load: 0.5});
    // 16 of 32 cores give 16 000 runs a second.
    expect(cells).toBe(7);
    expect(perCell.perSecond * cells).toBeCloseTo(100_000, 6);
    expect(perCell.workers).toBe(Math.ceil(perCell.perSecond / 200));
    expect(perCell.apiProcesses).toBe(Math.ceil(perCell.perSecond / 500));
  });
});
