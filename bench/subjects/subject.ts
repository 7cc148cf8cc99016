import type {Workload} from '../workloads.ts';

/** What a number of starts took. */
export interface Measurement {
  /** From asking to having the whole answer, in milliseconds, one for each start. */
  readonly timesMs: readonly number[];
  /** Processor time of all starts together, of the processes that `Subject.cpuOf` names; null when it cannot be known. */
  readonly cpuMs: number | null;
  /** The most memory that one run used, as the subject counts it (`Subject.memoryOf`), in bytes; null when it does not say. */
  readonly memoryBytes: number | null;
}

/** Runs a workload so many times, one after the other. Throws when a run does not print what it should. */
export type Starter = (starts: number) => Promise<Measurement>;

/** Something that runs programs: the bare machine, Sandglass, or one of its peers. Whoever opened it disposes it. */
export interface Subject extends AsyncDisposable {
  /** As it stands in reports. */
  readonly name: string;
  /** Whose processor time is counted. */
  readonly cpuOf: string;
  /** What the memory of a run is. */
  readonly memoryOf: string;
  /** Makes everything ready that is not measured. Throws a `CannotRun` for a workload that the subject has no means for. */
  prepare(workload: Workload): Promise<Starter>;
  /** Runs of the workload per second with so many clients, each starting its next when the last one is done. */
  throughput(workload: Workload, load: Load): Promise<number>;
}

export interface Load {
  readonly clients: number;
  readonly durationMs: number;
}

/** A subject cannot do a workload, for a reason that is not a fault: it has no such language, for instance. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}
