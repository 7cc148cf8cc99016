import {BROKERED, EMBEDDED} from './cluster/combination.ts';
import type {LatencyCase} from './latency.ts';
import {levelAims} from './level-aims.ts';
import type {BenchReport} from './report/bench-report.ts';
import {type Estimate, estimate, estimateDifference, estimateRatio} from './statistics.ts';
import type {WorkloadId} from './workloads.ts';

/** One thing that Sandglass wants to reach, and what came out. */
export interface Aim {
  readonly work: string;
  readonly aim: string;
  /** Null when this run did not measure it. */
  readonly measured: {readonly text: string; readonly isReached: boolean} | null;
}

const SECONDS_FOR_500 = 2;
const SPREAD = 0.03;
const SINGLE_USE_CPU_MS = 1.2;
const ADDED_MS = 1.5;
const RUNS_PER_SECOND = 1000;
const ADDED_BY_BROKER_MS = 5;

/** Sandglass at its first level against the bare machine, each aim a ratio of figures of the same run. */
export function aims(
  report: Pick<
    BenchReport,
    'latency' | 'throughput' | 'density' | 'timing' | 'levels' | 'combinations' | 'isolation'
  >,
): Aim[] {
  const pair = pairOf(report);
  return [
    ratioAim('Python hello ÷ by hand, p50', pair('python'), {share: 0.5, most: 0.5}),
    ratioAim('Python hello ÷ by hand, p99', pair('python'), {share: 0.99, most: 1}),
    ratioAim('Node hello ÷ by hand, p50', pair('node'), {share: 0.5, most: 0.3}),
    ratioAim('Java hello from source ÷ javac + java, p50', pair('java'), {share: 0.5, most: 0.3}),
    ratioAim('C++ bits/stdc++.h A+B from source ÷ g++ -O2 + run, p50', pair('cpp'), {share: 0.5, most: 0.4}),
    ratioAim('the same, seen before', pair('cpp-cached'), {share: 0.5, most: 0.01}),
    addedAim(pair('c')),
    rateAim(report),
    pythonRateAim(report),
    singleUseAim(report),
    idleAim(report),
    spreadAim(report),
    ...brokerAims(report),
    ...levelAims(report.isolation),
  ];
}

type Pair = {readonly ours: readonly number[]; readonly bare: readonly number[]} | null;

function pairOf({latency, levels}: Pick<BenchReport, 'latency' | 'levels'>): (workload: WorkloadId) => Pair {
  const samples = (workload: WorkloadId, subject: string | undefined): LatencyCase | undefined =>
    latency.cases.find((each) => each.workload === workload && each.subject === subject);
  return (workload) => {
    const [ours, bare] = [samples(workload, levels[0]), samples(workload, 'by hand')];
    return ours === undefined || bare === undefined ? null : {ours: ours.samplesMs, bare: bare.samplesMs};
  };
}

function ratioAim(
  work: string,
  pair: Pair,
  {share, most}: {readonly share: number; readonly most: number},
): Aim {
  const aim = `≤ ${most}`;
  if (pair === null) return {work, aim, measured: null};
  const ratio = estimateRatio([pair.ours, pair.bare], share);
  return {work, aim, measured: {text: interval(ratio), isReached: ratio.value <= most}};
}

function addedAim(pair: Pair): Aim {
  const work = 'C hello, compiled before: added to by hand, p50';
  const aim = `≤ ${ADDED_MS} ms`;
  if (pair === null) return {work, aim, measured: null};
  const added = estimate(pair.ours, 0.5).value - estimate(pair.bare, 0.5).value;
  return {work, aim, measured: {text: `${added.toFixed(2)} ms`, isReached: added <= ADDED_MS}};
}

function bestRate(
  {throughput}: Pick<BenchReport, 'throughput'>,
  workload: WorkloadId,
  subject: string | undefined,
) {
  const found = throughput.cases.find((each) => each.workload === workload && each.subject === subject);
  return found === undefined ? null : median(found.runsPerSecond);
}

function rateAim(report: Pick<BenchReport, 'throughput' | 'levels'>): Aim {
  const rate = bestRate(report, 'c', report.levels[0]);
  return {
    work: 'trivial C, 32 clients',
    aim: `≥ ${RUNS_PER_SECOND} runs/s`,
    measured: rate === null ? null : {text: `${rate.toFixed(0)} runs/s`, isReached: rate >= RUNS_PER_SECOND},
  };
}

function pythonRateAim(report: Pick<BenchReport, 'throughput' | 'levels'>): Aim {
  const ours = bestRate(report, 'python', report.levels[0]);
  const bare = bestRate(report, 'python', 'by hand');
  const ratio = ours === null || bare === null ? null : ours / bare;
  return {
    work: 'Python hello per second ÷ xargs -P python3 hello.py on all cores',
    aim: '≥ 1',
    measured: ratio === null ? null : {text: ratio.toFixed(2), isReached: ratio >= 1},
  };
}

function singleUseAim({density}: Pick<BenchReport, 'density'>): Aim {
  const cpuMs = density === null ? null : density.singleUse.launcherCpuMs + density.singleUse.workerCpuMs;
  return {
    work: 'a fresh single-use sandbox, made and destroyed',
    aim: `≤ ${SINGLE_USE_CPU_MS} ms CPU`,
    measured:
      cpuMs === null ? null : {text: `${cpuMs.toFixed(2)} ms CPU`, isReached: cpuMs <= SINGLE_USE_CPU_MS},
  };
}

function idleAim({density}: Pick<BenchReport, 'density'>): Aim {
  const seconds = density === null ? null : density.createdMs / 1000;
  return {
    work: `${density?.count ?? 500} idle sandboxes, asked for at once, without a trace afterwards`,
    aim: `< ${SECONDS_FOR_500} s for 500`,
    measured:
      density === null || seconds === null
        ? null
        : {
            text: `${seconds.toFixed(2)} s, ${density.left} left`,
            isReached: (seconds * 500) / density.count < SECONDS_FOR_500 && density.left === 0,
          },
  };
}

function spreadAim({timing}: Pick<BenchReport, 'timing'>): Aim {
  const ours = timing?.cases.find(({title}) => title === 'in a run');
  return {
    work: 'cpu time of one CPU-bound program over repeated runs, (longest − shortest) ÷ median',
    aim: `≤ ${SPREAD * 100} %`,
    measured:
      ours === undefined
        ? null
        : {text: `${(ours.range * 100).toFixed(1)} %`, isReached: ours.range <= SPREAD},
  };
}

/** One worker and two, each against the embedded installation of the same minutes. */
function brokerAims({combinations}: Pick<BenchReport, 'combinations'>): Aim[] {
  return BROKERED.flatMap(({name}) =>
    [1, 2].map((workers): Aim => {
      const work = `${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}: added to ${EMBEDDED.name}, p50`;
      const aim = `≤ ${ADDED_BY_BROKER_MS} ms`;
      const cases = combinations?.phases.find((phase) => phase.workers === workers)?.cases ?? [];
      const [ours, embedded] = [name, EMBEDDED.name].map((each) => cases.find((one) => one.name === each));
      if (ours === undefined || embedded === undefined) return {work, aim, measured: null};
      const added = estimateDifference([ours.samplesMs, embedded.samplesMs], 0.5);
      const text = `${added.value.toFixed(2)} ms (${added.low.toFixed(2)}–${added.high.toFixed(2)})`;
      return {work, aim, measured: {text, isReached: added.value <= ADDED_BY_BROKER_MS}};
    }),
  );
}

function interval({value, low, high}: Estimate): string {
  const digits = value < 0.1 ? 3 : 2;
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

export function median(values: readonly number[]): number {
  return estimate(values, 0.5, () => 0).value;
}
