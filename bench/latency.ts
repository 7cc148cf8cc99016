import {shuffled} from './shuffled.ts';
import {CannotRun, type Measurement, type Starter, type Subject} from './subjects/subject.ts';
import type {Workload, WorkloadId} from './workloads.ts';

/** One workload through one subject. */
export interface LatencyCase {
  readonly workload: WorkloadId;
  readonly subject: string;
  readonly samplesMs: readonly number[];
  /** Processor time for each run, of what `cpuOf` names; null when it is not known. */
  readonly cpuMsPerRun: number | null;
  readonly cpuOf: string;
  /** The most that one run used, of what `memoryOf` names, in bytes; null when it is not known. */
  readonly memoryBytes: number | null;
  readonly memoryOf: string;
}

/** A workload that a subject could not do, and why. */
export interface LeftOut {
  readonly workload: string;
  readonly subject: string;
  readonly reason: string;
}

export interface LatencyOptions {
  readonly rounds: number;
  readonly startsPerRound: number;
  readonly onRound: (round: number) => void;
}

/** One case takes about so long in a round; slower ones have fewer starts, but one. */
const MS_PER_TURN = 600;

interface Case {
  readonly workload: Workload;
  readonly subject: Subject;
  readonly start: Starter;
  readonly startsPerRound: number;
  readonly parts: Measurement[];
}

/**
 * Measures every workload through every subject in the same minutes: each round runs all cases, in an order drawn anew, so that whatever
 * else the machine does falls on all of them alike. What is done once (compiling what is kept, filling caches) comes before and is not
 * counted.
 */
export async function measureLatency(
  workloads: readonly Workload[],
  subjects: readonly Subject[],
  {rounds, startsPerRound, onRound}: LatencyOptions,
): Promise<{cases: LatencyCase[]; leftOut: LeftOut[]}> {
  const leftOut: LeftOut[] = [];
  const cases: Case[] = [];
  for (const workload of workloads)
    for (const subject of subjects) {
      const ready = await prepare(workload, subject, startsPerRound);
      if ('reason' in ready) leftOut.push(ready);
      else cases.push(ready);
    }
  for (let round = 0; round < rounds; round++) {
    onRound(round);
    for (const {start, startsPerRound: starts, parts} of shuffled(cases)) parts.push(await start(starts));
  }
  return {cases: cases.map(conclude), leftOut};
}

/** Two starts to warm up; the second one says how many fit into a turn. */
async function prepare(workload: Workload, subject: Subject, mostStarts: number): Promise<Case | LeftOut> {
  try {
    const start = await subject.prepare(workload);
    const {timesMs} = await start(2);
    const fitting = Math.floor(MS_PER_TURN / (timesMs.at(-1) ?? MS_PER_TURN));
    return {workload, subject, start, startsPerRound: Math.max(1, Math.min(mostStarts, fitting)), parts: []};
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    return {workload: workload.id, subject: subject.name, reason: error.message};
  }
}

function conclude({workload, subject, parts}: Case): LatencyCase {
  const samplesMs = parts.flatMap(({timesMs}) => timesMs);
  const cpu = parts.map(({cpuMs}) => cpuMs).filter((each) => each !== null);
  const memory = parts.map(({memoryBytes}) => memoryBytes).filter((each) => each !== null);
  const total = cpu.reduce((sum, each) => sum + each, 0);
  return {
    workload: workload.id,
    subject: subject.name,
    samplesMs,
    cpuMsPerRun: cpu.length === 0 ? null : total / samplesMs.length,
    cpuOf: subject.cpuOf,
    memoryBytes: memory.length === 0 ? null : Math.max(...memory),
    memoryOf: subject.memoryOf,
  };
}
