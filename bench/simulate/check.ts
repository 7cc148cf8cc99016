import type {Combination} from '../cluster/combination.ts';
import {Installation, type PartTimes} from '../cluster/installation.ts';
import {BenchServices} from '../cluster/services.ts';
import {shuffled} from '../shuffled.ts';
import {type Estimate, estimate, percentile} from '../statistics.ts';
import {runsPerSecond} from '../subjects/http-subject.ts';
import {openJsonPoster} from '../subjects/post-json.ts';
import {type SandglassRunEnd, sandglassRun} from '../subjects/sandglass-subject.ts';
import type {Workload} from '../workloads.ts';
import {drawnFrom, mean, runTimes} from './measured-times.ts';
import {type OpenLoopEnd, openLoop} from './open-loop.ts';
import {simulate} from './simulate.ts';

/** What really happened at one load, and what the simulation says of it. */
export interface CheckRow {
  readonly workers: number;
  readonly load: number;
  readonly perSecond: number;
  readonly runs: number;
  readonly measured: CheckFigures<Estimate>;
  readonly predicted: CheckFigures<number>;
}

interface CheckFigures<Figure> {
  readonly totalP50Ms: Figure;
  readonly totalP99Ms: Figure;
  readonly waitP50Ms: Figure;
  readonly waitP99Ms: Figure;
}

export interface CheckOptions {
  readonly combination: Exclude<Combination, {kind: 'embedded'}>;
  readonly workload: Workload;
  readonly folder: string;
  readonly loads: readonly number[];
  readonly rounds: number;
  /** Of each load in each round. */
  readonly durationMs: number;
  readonly slots: number;
  readonly seed: number;
  readonly onStep: (what: string) => void;
}

/** What one installation showed, over all rounds. */
interface Gathered {
  readonly samplesMs: number[];
  readonly queuedMs: number[];
  readonly rates: number[];
  readonly cpuMsPerRun: number[];
  readonly byLoad: Map<number, {rates: number[]; ends: OpenLoopEnd[]}>;
}

const WORKER_COUNTS = [1, 2];
const IDLE_RUNS = 40;
const FULL_LOAD_CLIENTS = 32;
const FULL_LOAD_MS = 4_000;
const MOST_CONNECTIONS = 512;
/** Enough that the prediction's own spread is far below the measurement's. */
const SIMULATED_RUNS = 100_000;

/**
 * Holds the simulation against the real thing on this machine, with one worker and with two. In each round come single runs, full load and every
 * load in an order drawn anew, and the prediction is made of the same rounds' service times and capacity: whatever else the machine does is in
 * both. Everything shares this machine's cores here, the client too, so a second worker adds slots and no processor.
 */
export async function checkAgainstReality(options: CheckOptions): Promise<CheckRow[]> {
  const {combination, folder, onStep} = options;
  await using services = new BenchServices();
  onStep(`starting ${combination.name}`);
  await using installation = await Installation.start(combination, {folder, services});
  const rows: CheckRow[] = [];
  for (const workers of WORKER_COUNTS) {
    if (installation.workers < workers) await installation.addWorker();
    await installation.settled();
    const gathered = await measure(installation, options);
    onStep(`simulating ${workers} ${workers === 1 ? 'worker' : 'workers'}`);
    rows.push(...options.loads.map((load) => compare(gathered, {load, workers}, options)));
  }
  return rows;
}

async function measure(installation: Installation, options: CheckOptions): Promise<Gathered> {
  const {loads, rounds, durationMs, workload, seed, onStep} = options;
  using poster = openJsonPoster(installation.url, MOST_CONNECTIONS);
  const run = sandglassRun(workload, {poster, level: 'auto', name: installation.name});
  const gathered: Gathered = {samplesMs: [], queuedMs: [], rates: [], cpuMsPerRun: [], byLoad: new Map()};
  await Promise.all(Array.from({length: FULL_LOAD_CLIENTS}, run));
  for (let round = 0; round < rounds; round++) {
    onStep(`${installation.workers} at work, round ${round + 1} of ${rounds}: full load and single runs`);
    await measureFullLoad(installation, run, gathered);
    await measureSingle(run, gathered);
    for (const load of shuffled(loads)) {
      const perSecond = load * mean(gathered.rates);
      onStep(
        `${installation.workers} at work, round ${round + 1} of ${rounds}: ${perSecond.toFixed(0)} runs/s`,
      );
      const found = gathered.byLoad.get(load) ?? {rates: [], ends: []};
      gathered.byLoad.set(load, found);
      found.rates.push(perSecond);
      found.ends.push(...(await openLoop(run, {perSecond, durationMs, seed: seed + round})));
    }
  }
  return gathered;
}

async function measureSingle(
  run: () => Promise<SandglassRunEnd>,
  {samplesMs, queuedMs}: Gathered,
): Promise<void> {
  for (let index = 0; index < IDLE_RUNS; index++) {
    const end = await run();
    samplesMs.push(end.tookMs);
    queuedMs.push(end.queuedMs);
  }
}

async function measureFullLoad(
  installation: Installation,
  run: () => Promise<SandglassRunEnd>,
  {rates, cpuMsPerRun}: Gathered,
): Promise<void> {
  let runs = 0;
  const counted = async () => {
    runs += 1;
    return await run();
  };
  const before = total(await installation.cpuMs());
  const client = process.cpuUsage();
  rates.push(await runsPerSecond(counted, {clients: FULL_LOAD_CLIENTS, durationMs: FULL_LOAD_MS}));
  const {user, system} = process.cpuUsage(client);
  cpuMsPerRun.push((total(await installation.cpuMs()) - before + (user + system) / 1000) / runs);
}

function compare(
  {samplesMs, queuedMs, rates, cpuMsPerRun, byLoad}: Gathered,
  {load, workers}: {readonly load: number; readonly workers: number},
  {slots, seed}: CheckOptions,
): CheckRow {
  const {rates: sent, ends} = byLoad.get(load) ?? {rates: [], ends: []};
  const perSecond = mean(sent);
  const [cpuMs, totalMs] = [mean(cpuMsPerRun), mean(samplesMs)];
  const result = simulate({
    seed,
    arrivals: {kind: 'poisson', perSecond},
    owners: [{share: 1, weight: 1, lane: 'interactive'}],
    times: drawnFrom(runTimes(samplesMs, queuedMs)),
    cpuShare: Math.min(1, cpuMs / totalMs),
    afterMs: Math.max(0, cpuMs - totalMs),
    front: {kind: 'shared'},
    workers,
    slots,
    // As many as this installation really got at full load.
    cores: (mean(rates) * cpuMs) / 1000,
    workersPerMachine: workers,
    pool: null,
    failures: null,
    warmUpRuns: SIMULATED_RUNS / 10,
    runs: SIMULATED_RUNS,
  });
  const [totals, waits] = [ends.map((end) => end.totalMs), ends.map((end) => end.queuedMs)];
  const [simulatedTotals, simulatedWaits] = [[...result.totalMs], [...result.waitMs]];
  return {
    workers,
    load,
    perSecond,
    runs: ends.length,
    measured: {
      totalP50Ms: estimate(totals, 0.5),
      totalP99Ms: estimate(totals, 0.99),
      waitP50Ms: estimate(waits, 0.5),
      waitP99Ms: estimate(waits, 0.99),
    },
    predicted: {
      totalP50Ms: percentile(simulatedTotals, 0.5),
      totalP99Ms: percentile(simulatedTotals, 0.99),
      waitP50Ms: percentile(simulatedWaits, 0.5),
      waitP99Ms: percentile(simulatedWaits, 0.99),
    },
  };
}

function total(times: PartTimes): number {
  return Object.values(times).reduce((sum, time) => sum + time, 0);
}
