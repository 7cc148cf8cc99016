import {availableParallelism} from 'node:os';
import type {LeftOut} from './latency.ts';
import {CannotRun, type Subject} from './subjects/subject.ts';
import type {Workload, WorkloadId} from './workloads.ts';

/** Runs a second of one workload through one subject. */
export interface ThroughputCase {
  readonly workload: WorkloadId;
  readonly subject: string;
  readonly clients: number;
  /** Of each turn; turns of all cases took turns with each other. */
  readonly runsPerSecond: readonly number[];
}

export const MANY_CLIENTS = 32;
const TURNS = 3;

/** How many at once: servers are asked by many clients, processes are started by as many as there are cores, as `xargs -P` would. */
export function clientsFor(isServer: boolean): number {
  return isServer ? MANY_CLIENTS : availableParallelism();
}

/** Measures trivial C and Python at full load, in turns, the durations of which share `durationMs`. */
export async function measureThroughput(
  workloads: readonly Workload[],
  subjects: readonly (readonly [subject: Subject, clients: number])[],
  {durationMs, onTurn}: {readonly durationMs: number; readonly onTurn: (what: string) => void},
): Promise<{cases: ThroughputCase[]; leftOut: LeftOut[]}> {
  const leftOut: LeftOut[] = [];
  const cases = workloads.flatMap((workload) =>
    subjects.map(([subject, clients]) => ({workload, subject, clients, rates: [] as number[]})),
  );
  for (let turn = 0; turn < TURNS; turn++)
    for (const {workload, subject, clients, rates} of turn % 2 === 0 ? cases : [...cases].reverse()) {
      if (leftOut.some((out) => out.workload === workload.id && out.subject === subject.name)) continue;
      onTurn(`runs per second of ${workload.title}, ${subject.name}, ${clients} at once`);
      try {
        rates.push(await subject.throughput(workload, {clients, durationMs: durationMs / TURNS}));
      } catch (error) {
        if (!(error instanceof CannotRun)) throw error;
        leftOut.push({workload: workload.id, subject: subject.name, reason: error.message});
      }
    }
  return {
    cases: cases
      .filter(({rates}) => rates.length > 0)
      .map(({workload, subject, clients, rates}) => ({
        workload: workload.id,
        subject: subject.name,
        clients,
        runsPerSecond: rates,
      })),
    leftOut,
  };
}
