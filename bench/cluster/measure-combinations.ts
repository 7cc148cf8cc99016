import {join} from 'node:path';
import {installCommand, missingServices} from '../../tests/services/installed.ts';
import {shuffled} from '../shuffled.ts';
import {runsPerSecond} from '../subjects/http-subject.ts';
import {openJsonPoster} from '../subjects/post-json.ts';
import {sandglassRun} from '../subjects/sandglass-subject.ts';
import {MANY_CLIENTS} from '../throughput.ts';
import type {Workload} from '../workloads.ts';
import {BROKERED, type CombinationName, EMBEDDED} from './combination.ts';
import {Installation, PARTS, type PartTimes} from './installation.ts';
import {BenchServices} from './services.ts';

/** One queue over one store with so many workers. */
export interface CombinationCase {
  readonly name: CombinationName;
  /** An embedded installation is always one process. */
  readonly workers: number;
  /** One run at a time, from sending to the whole answer, in milliseconds. */
  readonly samplesMs: readonly number[];
  /** How much of each was before its program was begun, in whole milliseconds. */
  readonly queuedMs: readonly number[];
  readonly clients: number;
  /** Of each turn with so many clients. */
  readonly runsPerSecond: readonly number[];
  /** Processor time of each part for each run at full load, in milliseconds. */
  readonly cpuMsPerRun: PartTimes;
}

/** What was measured in the same minutes, the embedded installation among it. */
export interface CombinationPhase {
  readonly workers: number;
  readonly cases: readonly CombinationCase[];
}

export interface CombinationFigures {
  readonly phases: readonly CombinationPhase[];
  readonly leftOut: readonly {readonly name: CombinationName; readonly reason: string}[];
}

export interface CombinationOptions {
  readonly folder: string;
  readonly workload: Workload;
  readonly rounds: number;
  readonly startsPerRound: number;
  /** Of each installation's full load in a phase, in turns. */
  readonly throughputMs: number;
  readonly onStep: (what: string) => void;
}

const MOST_WORKERS = 2;
/** The last rounds end with a turn of full load each: its noise falls on every installation alike. */
const LOAD_TURNS = 3;

/**
 * Measures every combination of queue and store with one worker each, then with two. All installations run side by side, and in each round
 * each has its turn in an order drawn anew, so that whatever else the machine does falls on all of them.
 */
export async function measureCombinations(options: CombinationOptions): Promise<CombinationFigures> {
  const {folder, onStep} = options;
  const leftOut = BROKERED.flatMap(({name, needs}) => {
    const missing = missingServices(needs);
    return missing.length === 0 ? [] : [{name, reason: `as root: ${installCommand(missing)}`}];
  });
  const wanted = BROKERED.filter(({name}) => !leftOut.some((out) => out.name === name));
  await using services = new BenchServices();
  await using owned = new AsyncDisposableStack();
  const installations: Installation[] = [];
  for (const combination of [EMBEDDED, ...wanted]) {
    onStep(`starting ${combination.name}`);
    const own = join(folder, `${combination.kind}-installation`);
    installations.push(owned.use(await Installation.start(combination, {folder: own, services})));
  }
  const phases: CombinationPhase[] = [];
  for (let workers = 1; workers <= MOST_WORKERS; workers++) {
    for (const installation of installations)
      if (installation.name !== EMBEDDED.name && installation.workers < workers)
        await installation.addWorker();
    onStep('waiting until the installations have nothing to prepare');
    for (const installation of installations) await installation.settled();
    phases.push({workers, cases: await measurePhase(installations, options)});
  }
  return {phases, leftOut};
}

/** What a case gathers on its way. */
interface Gathered {
  readonly installation: Installation;
  readonly samplesMs: number[];
  readonly queuedMs: number[];
  readonly runsPerSecond: number[];
  readonly cpu: PartTimes[];
  runs: number;
}

async function measurePhase(
  installations: readonly Installation[],
  options: CombinationOptions,
): Promise<CombinationCase[]> {
  const {rounds, onStep} = options;
  const cases = installations.map(
    (installation): Gathered => ({
      installation,
      samplesMs: [],
      queuedMs: [],
      runsPerSecond: [],
      cpu: [],
      runs: 0,
    }),
  );
  for (const each of cases) await warmUp(each, options);
  for (let round = 0; round < rounds; round++) {
    onStep(`queues and stores: round ${round + 1} of ${rounds}`);
    for (const each of shuffled(cases)) await takeTurn(each, options);
    if (round < rounds - LOAD_TURNS) continue;
    for (const each of shuffled(cases)) {
      onStep(`queues and stores: ${each.installation.name} at full load`);
      await takeLoad(each, options);
    }
  }
  return cases.map(conclude);
}

/** Compiles what is kept, and makes every connection once. */
async function warmUp({installation}: Gathered, {workload}: CombinationOptions): Promise<void> {
  using poster = openJsonPoster(installation.url, MANY_CLIENTS);
  const run = sandglassRun(workload, {poster, level: 'auto', name: installation.name});
  await Promise.all(Array.from({length: MANY_CLIENTS}, run));
}

async function takeTurn(each: Gathered, {workload, startsPerRound}: CombinationOptions): Promise<void> {
  const {installation, samplesMs, queuedMs} = each;
  using poster = openJsonPoster(installation.url, 1);
  const run = sandglassRun(workload, {poster, level: 'auto', name: installation.name});
  // The connection is new; the one before it made the others wait.
  await run();
  for (let start = 0; start < startsPerRound; start++) {
    const end = await run();
    samplesMs.push(end.tookMs);
    queuedMs.push(end.queuedMs);
  }
}

async function takeLoad(each: Gathered, {workload, throughputMs}: CombinationOptions): Promise<void> {
  const {installation} = each;
  using poster = openJsonPoster(installation.url, MANY_CLIENTS);
  let runs = 0;
  const run = sandglassRun(workload, {poster, level: 'auto', name: installation.name});
  const counted = async () => {
    runs += 1;
    return await run();
  };
  const before = await installation.cpuMs();
  const load = {clients: MANY_CLIENTS, durationMs: throughputMs / LOAD_TURNS};
  each.runsPerSecond.push(await runsPerSecond(counted, load));
  each.cpu.push(difference(await installation.cpuMs(), before));
  each.runs += runs;
}

function conclude({
  installation,
  samplesMs,
  queuedMs,
  runsPerSecond: rates,
  cpu,
  runs,
}: Gathered): CombinationCase {
  const perRun = PARTS.flatMap((part) => {
    const times = cpu.map((times) => times[part]).filter((time) => time !== undefined);
    return times.length === 0 ? [] : [[part, times.reduce((sum, time) => sum + time, 0) / runs] as const];
  });
  return {
    name: installation.name,
    workers: installation.workers,
    samplesMs,
    queuedMs,
    clients: MANY_CLIENTS,
    runsPerSecond: rates,
    cpuMsPerRun: Object.fromEntries(perRun),
  };
}

function difference(after: PartTimes, before: PartTimes): PartTimes {
  return Object.fromEntries(
    PARTS.flatMap((part) => {
      const time = after[part];
      return time === undefined ? [] : [[part, time - (before[part] ?? 0)]];
    }),
  );
}
