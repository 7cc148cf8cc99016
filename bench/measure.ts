import {delimiter, join} from 'node:path';
import {measureCombinations} from './cluster/measure-combinations.ts';
import {measureDensity, measureSandboxes} from './density-figures.ts';
import {measureLatency} from './latency.ts';
import {Accounting} from './levels/accounting.ts';
import {type LevelFigures, measureLevel} from './levels/level-figures.ts';
import {buildLevelImage, LEVEL_IMAGE, openSurroundings} from './levels/surroundings.ts';
import {measureLive} from './live.ts';
import {childrenOf} from './machine-cpu.ts';
import {idleKinds} from './memory-of.ts';
import type {BenchOptions, Section} from './options.ts';
import {Progress} from './progress.ts';
import type {BenchReport} from './report/bench-report.ts';
import {watchServerMemory} from './server-memory.ts';
import {startServerProcess} from './server-process.ts';
import {settled} from './settled.ts';
import {type OpenedPeer, openPeer} from './subjects/open-peer.ts';
import {BY_HAND, ProcessSubject} from './subjects/process-subject.ts';
import {SandglassSubject} from './subjects/sandglass-subject.ts';
import {buildSpawnTimer} from './subjects/spawn-timer.ts';
import type {Subject} from './subjects/subject.ts';
import {clientsFor, measureThroughput} from './throughput.ts';
import {measureTiming} from './timing.ts';
import {workloads} from './workloads.ts';

type Figures = Omit<BenchReport, 'measuredAt' | 'machine' | 'command'>;

/** Three turns of two workloads for each subject, and the parts that are one step each. */
const THROUGHPUT_STEPS_PER_SUBJECT = 6;
const SINGLE_STEPS = 10;
/** With one worker and with two; starting three installations, and full load of each. */
const COMBINATION_PHASES = 2;
const COMBINATION_STEPS = 23;

/** What does not need the server that everything else is measured through. */
const WITHOUT_SERVER: ReadonlySet<Section> = new Set<Section>(['combinations', 'sandboxes', 'levels']);
const NOT_SERVED: Omit<Figures, 'isolation' | 'sandboxes' | 'density' | 'combinations'> = {
  levels: [],
  latency: {cases: [], leftOut: []},
  throughput: {cases: [], leftOut: []},
  timing: null,
  live: null,
  memory: [],
  idle: [],
  missingPeers: [],
};

/** Measures all that the options ask for; everything is written below `folder`, which the caller removes. */
export async function measure(options: BenchOptions, folder: string): Promise<Figures> {
  const {sections} = options;
  const subjectCount = 1 + options.levels.length + options.peers.length;
  const progress = new Progress(
    SINGLE_STEPS +
      options.levels.length +
      options.rounds +
      (sections.has('combinations') ? COMBINATION_PHASES * options.rounds + COMBINATION_STEPS : 0) +
      options.timingRuns +
      THROUGHPUT_STEPS_PER_SUBJECT * subjectCount,
  );
  try {
    const dataDir = join(folder, 'data');
    const levels = options.levels.filter((level) => level !== 'auto');
    const isServerWanted = [...sections].some((section) => !WITHOUT_SERVER.has(section));
    const isolation: LevelFigures[] = [];
    progress.step('building an image');
    if (sections.has('levels') ? levels.length > 0 : isServerWanted && levels.includes('microvm'))
      await buildLevelImage(dataDir);
    for (const level of sections.has('levels') ? levels : []) {
      progress.step(`the level ${level} by itself`);
      isolation.push(await measureLevel(level, dataDir, LEVEL_IMAGE));
    }
    const served = isServerWanted ? await measureServed(options, {folder, progress}) : NOT_SERVED;
    progress.step('sandboxes by themselves');
    const sandboxes = sections.has('sandboxes') ? await measureSandboxes() : [];
    progress.step(`${options.idleSandboxes} idle sandboxes`);
    const density =
      sections.has('density') || sections.has('sandboxes')
        ? await measureDensity(options.idleSandboxes)
        : null;
    const combinations = sections.has('combinations') ? await combine(options, {folder, progress}) : null;
    return {...served, isolation, sandboxes, density, combinations};
  } finally {
    progress.end();
  }
}

async function combine(options: BenchOptions, {folder, progress}: Room) {
  const workload = workloads(process.execPath).find(({id}) => id === 'c');
  if (workload === undefined) throw new Error('There is no C program to measure with.');
  return await measureCombinations({
    ...options,
    folder,
    workload,
    onStep: (what) => progress.step(what),
  });
}

interface Room {
  readonly folder: string;
  readonly progress: Progress;
}

async function measureServed(
  options: BenchOptions,
  {folder, progress}: Room,
): Promise<Omit<Figures, 'isolation' | 'sandboxes' | 'density' | 'combinations'>> {
  const {sections, levels} = options;
  progress.step('starting a server');
  const timer = await buildSpawnTimer(folder);
  await using around = new AsyncDisposableStack();
  const accounting = levels.some((level) => level !== 'auto') ? Accounting.open('server') : null;
  if (accounting !== null) around.use(accounting).enter();
  const {settings} = await openSurroundings(levels, {accounting, owned: around});
  await using server = await startServerProcess(join(folder, 'data'), {levels, env: settings});
  accounting?.watchWorker(server.pid);
  accounting?.leave();
  progress.step('waiting until the server has nothing to prepare');
  await settled(server.pid);
  await using owned = new AsyncDisposableStack();
  const ours = levels.map((level) => owned.use(new SandglassSubject(server, level, accounting)));
  const bare = owned.use(new ProcessSubject(BY_HAND, {folder, timer}));
  progress.step('looking for peers');
  const setup = {
    folder,
    timer,
    nodePath: process.execPath,
    path: process.env.PATH ?? ['/usr/bin', '/bin'].join(delimiter),
  };
  const opened: OpenedPeer[] = [];
  for (const choice of options.peers) opened.push(await openPeer(choice, setup));
  const peers = opened.flatMap((peer) => (peer.kind === 'found' ? [owned.use(peer.subject)] : []));
  const subjects: Subject[] = [bare, ...ours, ...peers];

  const all = workloads(process.execPath);
  const compared = all.filter(({id}) => sections.has(id));
  progress.step('getting ready');
  const latency = await measureLatency(compared, compared.length === 0 ? [] : subjects, {
    ...options,
    rounds: compared.length === 0 ? 0 : options.rounds,
    onRound: (round) =>
      progress.step(`round ${round + 1} of ${options.rounds}: ${compared.map(({id}) => id).join(', ')}`),
  });
  const busy = all.filter(({id}) => id === 'c' || id === 'python');
  const throughput = sections.has('throughput')
    ? await measureThroughput(
        busy,
        subjects.map((subject) => [subject, clientsFor(!(subject instanceof ProcessSubject))]),
        {durationMs: options.throughputMs, onTurn: (what) => progress.step(what)},
      )
    : {cases: [], leftOut: []};
  const timing = sections.has('timing')
    ? await measureTiming(server.url, {
        folder,
        runs: options.timingRuns,
        onRun: () => progress.step('timing'),
      })
    : null;
  progress.step('live and judged runs');
  const live = sections.has('live') ? await measureLive(server) : null;
  progress.step(`the server's memory over ${options.memoryRuns} runs`);
  const [c] = all.filter(({id}) => id === 'c');
  const memory =
    sections.has('memory') && c !== undefined ? await watchServerMemory(server, c, options.memoryRuns) : [];
  const idle = sections.has('density') ? await idleOfServer(server.pid) : [];
  const missingPeers = opened.filter((peer) => peer.kind === 'missing');
  return {levels: ours.map(({name}) => name), latency, throughput, timing, live, memory, idle, missingPeers};
}

async function idleOfServer(pid: number) {
  const kinds = await Promise.all((await childrenOf(pid)).map(idleKinds));
  return kinds.flat();
}
