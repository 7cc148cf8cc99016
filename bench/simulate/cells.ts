import type {MeasuredTimes} from './measured-times.ts';
import {workerRate} from './predict.ts';

/** What an installation of many cells is made of. */
export interface CellPlan {
  readonly target: number;
  readonly cells: number;
  readonly perCell: {
    readonly perSecond: number;
    readonly workers: number;
    readonly apiProcesses: number;
    readonly databaseCores: number;
  };
}

export interface CellBounds {
  /** Cores of a cell's database. */
  readonly databaseCores: number;
  /** Cores of a worker's machine. */
  readonly workerCores: number;
  /** How much of anything is used at the target. */
  readonly load: number;
}

/**
 * A cell is as large as its database carries: everything else in it is made of processes that share nothing, of which there can be more.
 * An API process has one thread.
 */
export function planCells(times: MeasuredTimes, target: number, bounds: CellBounds): CellPlan {
  const {databaseCores, workerCores, load} = bounds;
  const databaseRate = (databaseCores * load * 1000) / times.databaseMs;
  const cells = Math.max(1, Math.ceil(target / databaseRate));
  const perSecond = target / cells;
  return {
    target,
    cells,
    perCell: {
      perSecond,
      workers: Math.ceil(perSecond / (load * workerRate(times, workerCores))),
      apiProcesses: Math.ceil((perSecond * times.apiMs) / 1000 / load),
      databaseCores,
    },
  };
}
