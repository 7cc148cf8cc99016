import type {Arrivals} from './arrivals.ts';
import type {Owner} from './fair-queue.ts';
import type {Random} from './random.ts';

/** What one run needs when nothing else runs, all in milliseconds. */
export interface RunTimes {
  /** Before it can be taken: accepting, committing, offering its turn. */
  readonly frontMs: number;
  /** In its slot: claiming, sandbox, program, storing. */
  readonly slotMs: number;
}

export interface Model {
  readonly seed: number;
  readonly arrivals: Arrivals;
  readonly owners: readonly Owner[];
  /** Draws what a run needs. */
  readonly times: (random: Random) => RunTimes;
  /** Of these times, what a processor works; the rest is waiting, for a disk or for somebody else, and is never slowed down. */
  readonly cpuShare: number;
  /** Processor time of a run that nobody waits for: the next sandbox, tidying up. Charged to its worker's machine. */
  readonly afterMs: number;
  readonly front: Front;
  readonly workers: number;
  readonly slots: number;
  /** Cores of each machine; `Infinity` for machines on which nothing is ever slowed down. */
  readonly cores: number;
  /** Workers on one machine. */
  readonly workersPerMachine: number;
  readonly pool: Pool | null;
  readonly failures: Failures | null;
  /** Runs to accept before anything is counted, and to count. */
  readonly warmUpRuns: number;
  readonly runs: number;
}

/** Where accepting is done. */
export type Front =
  /** On the machine of the workers: everything on one. */
  | {readonly kind: 'shared'}
  /** Processes and databases with so many cores in all, of which each run uses some time; what it does not use it only waits. */
  | {readonly kind: 'own'; readonly stations: readonly {readonly cores: number; readonly demandMs: number}[]};

/** Ready sandboxes of each worker. One that finds none waits for one to be made. */
export interface Pool {
  readonly size: number;
  /** To make one; one at a time is made for stock. */
  readonly refillMs: number;
}

/** Workers that fall silent, each after a time without memory. */
export interface Failures {
  readonly meanTimeBetweenMs: number;
  /** Until another one takes its place. */
  readonly restartMs: number;
  /** Runs of a lost worker are free again after their lease. */
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

export interface Simulated {
  /** From arrival to the slot, and to the answer, of each counted run in the order they ended, in milliseconds. */
  readonly waitMs: Float64Array;
  readonly totalMs: Float64Array;
  /** By owner, in the order of the model. */
  readonly waitMsByOwner: readonly Float64Array[];
  readonly retried: number;
  readonly givenUp: number;
  /** Share of the time in which slots were taken. */
  readonly slotUse: number;
  readonly perSecond: number;
}
