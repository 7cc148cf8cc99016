import type {Table} from '../report/table.ts';
import type {CellPlan} from './cells.ts';
import type {CheckRow} from './check.ts';
import type {MeasuredTimes} from './measured-times.ts';
import type {Prediction} from './predict.ts';

export function timesTable({
  name,
  samples,
  meanSlotMs,
  meanTotalMs,
  apiMs,
  databaseMs,
  workerMs,
}: MeasuredTimes): Table {
  return {
    title: `Measured: ${name}, one worker, C hello compiled before`,
    head: ['', 'ms for each run'],
    rows: [
      ['from sending to the answer, alone, mean', ms(meanTotalMs)],
      ['of it in the slot of a worker', ms(meanSlotMs)],
      ['processor time of the API process', ms(apiMs)],
      ['… of database and broker', ms(databaseMs)],
      ['… of worker, launcher, sandboxes and program', ms(workerMs)],
    ],
    notes: [`Means of ${samples.length} runs one at a time; processor times at full load.`],
  };
}

export function predictionTable(predictions: readonly Prediction[]): Table {
  return {
    title: 'Predicted waits (from arrival to the slot) and answers, in ms',
    head: [
      'workers, arrivals',
      'load',
      'runs/s',
      'wait p50',
      'wait p99',
      'answer p50',
      'answer p99',
      'API cores',
      'database cores',
    ],
    rows: predictions.map(({plan, perSecond, waitP50Ms, waitP99Ms, totalP50Ms, totalP99Ms, ...cores}) => [
      `${plan.workers}, ${plan.scenario}`,
      plan.load.toFixed(2),
      perSecond.toFixed(0),
      ms(waitP50Ms),
      ms(waitP99Ms),
      ms(totalP50Ms),
      ms(totalP99Ms),
      cores.apiCores.toFixed(1),
      cores.databaseCores.toFixed(1),
    ]),
    notes: [
      'Cores of API processes and database are what they use at that rate; they are simulated with room for as much again by two thirds.',
    ],
  };
}

export function cellTable({target, cells, perCell}: CellPlan): Table {
  return {
    title: `${target} runs a second in cells`,
    head: ['', 'number'],
    rows: [
      ['cells', String(cells)],
      ['runs a second in each', perCell.perSecond.toFixed(0)],
      ['workers in each', String(perCell.workers)],
      ['API processes in each', String(perCell.apiProcesses)],
      ['cores of its database', String(perCell.databaseCores)],
      ['workers in all', String(perCell.workers * cells)],
    ],
    notes: [],
  };
}

export function checkTable(rows: readonly CheckRow[]): Table {
  return {
    title: 'Measured here and predicted, in ms',
    head: [
      'workers',
      'load',
      'runs/s',
      'answer p50 measured',
      'predicted',
      'error',
      'answer p99 measured',
      'predicted',
      'error',
      'wait p50 measured / predicted',
      'wait p99 measured / predicted',
    ],
    rows: rows.map(({workers, load, perSecond, measured, predicted}) => [
      String(workers),
      load.toFixed(2),
      perSecond.toFixed(0),
      interval(measured.totalP50Ms),
      ms(predicted.totalP50Ms),
      error(predicted.totalP50Ms, measured.totalP50Ms.value),
      interval(measured.totalP99Ms),
      ms(predicted.totalP99Ms),
      error(predicted.totalP99Ms, measured.totalP99Ms.value),
      `${ms(measured.waitP50Ms.value)} / ${ms(predicted.waitP50Ms)}`,
      `${ms(measured.waitP99Ms.value)} / ${ms(predicted.waitP99Ms)}`,
    ]),
    notes: ['Open loop, Poisson; from when a run was due to its answer, with 95 % bootstrap intervals.'],
  };
}

function interval({
  value,
  low,
  high,
}: {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}): string {
  return `${ms(value)} (${ms(low)}–${ms(high)})`;
}

function error(predicted: number, measured: number): string {
  const share = predicted / measured - 1;
  return `${share < 0 ? '−' : '+'}${Math.abs(share * 100).toFixed(0)} %`;
}

function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
