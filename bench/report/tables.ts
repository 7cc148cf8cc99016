import {aims, median} from '../aims.ts';
import {EMBEDDED} from '../cluster/combination.ts';
import {PARTS} from '../cluster/installation.ts';
import type {CombinationCase} from '../cluster/measure-combinations.ts';
import {estimate, estimateDifference, percentile, percentiles} from '../statistics.ts';
import type {BenchReport} from './bench-report.ts';
import {levelTable} from './level-table.ts';
import type {Table} from './table.ts';
import {ms} from './units.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** All tables that a report has something for. */
export function tables(report: BenchReport): Table[] {
  return [
    aimTable(report),
    latencyTable(report),
    levelTable(report),
    throughputTable(report),
    densityTable(report),
    timingTable(report),
    liveTable(report),
    memoryTable(report),
    combinationTable(report),
    combinationCpuTable(report),
    sandboxTable(report),
    peerTable(report),
  ].filter(({rows}) => rows.length > 0);
}

function aimTable(report: BenchReport): Table {
  const rows = aims(report).map(({work, aim, measured}) => [
    work,
    aim,
    measured?.text ?? 'not measured',
    measured === null ? '' : measured.isReached ? '✓' : '✗',
  ]);
  return {title: 'Aims', head: ['work', 'aim', 'measured (95 % interval)', ''], rows, notes: []};
}

function latencyTable({latency: {cases, leftOut}}: BenchReport): Table {
  const rows = cases.map(({workload, subject, samplesMs, cpuMsPerRun, memoryBytes}) => {
    const {value, low, high} = estimate(samplesMs, 0.5);
    const {p95, p99, count} = percentiles(samplesMs);
    const bare = cases.find((each) => each.workload === workload && each.subject === 'by hand');
    const ratio = bare === undefined ? '' : (value / percentile(bare.samplesMs, 0.5)).toFixed(2);
    const cpu = cpuMsPerRun === null ? '–' : ms(cpuMsPerRun);
    const memory = memoryBytes === null ? '–' : (memoryBytes / MIB).toFixed(1);
    return [
      `${workload}, ${subject}`,
      ms(value),
      `${ms(low)}–${ms(high)}`,
      ms(p95),
      ms(p99),
      ratio,
      cpu,
      memory,
      String(count),
    ];
  });
  const sources = new Map(
    cases.map(({subject, cpuOf, memoryOf}) => [subject, `CPU: ${cpuOf}. Memory: ${memoryOf}.`]),
  );
  return {
    title: 'One program at a time, from asking to the whole answer, in ms',
    head: ['program', 'p50', '95 % interval', 'p95', 'p99', '÷ by hand', 'CPU', 'MiB', 'runs'],
    rows,
    notes: [
      ...[...sources].map(([subject, what]) => `${subject}: ${what}`),
      ...leftOut.map(({workload, subject, reason}) => `${subject} left out of ${workload}: ${reason}`),
    ],
  };
}

function throughputTable({throughput: {cases, leftOut}}: BenchReport): Table {
  const rows = cases.map(({workload, subject, clients, runsPerSecond}) => [
    `${workload}, ${subject}`,
    String(clients),
    median(runsPerSecond).toFixed(0),
    `${Math.min(...runsPerSecond).toFixed(0)}–${Math.max(...runsPerSecond).toFixed(0)}`,
  ]);
  return {
    title: 'Runs per second',
    head: ['program', 'at once', 'median', 'range'],
    rows,
    notes: leftOut.map(({workload, subject, reason}) => `${subject} left out of ${workload}: ${reason}`),
  };
}

function densityTable({density, idle}: BenchReport): Table {
  const kinds = idle.map(({kind, count, privateBytes, proportionalBytes}) => [
    `ready in the server, ${kind} (${count})`,
    `${kib(privateBytes)} private, ${kib(proportionalBytes)} with its share of shared pages`,
  ]);
  const title = 'Idle sandboxes';
  if (density === null) return {title, head: ['', 'figure'], rows: kinds, notes: []};
  const {count, createdMs, destroyedMs, createLauncherCpuMs, createWorkerCpuMs, singleUse} = density;
  const plain = density.kinds.map(({kind, privateBytes, proportionalBytes}) => [
    `memory of each, ${kind}`,
    `${kib(privateBytes)} private, ${kib(proportionalBytes)} with its share of shared pages`,
  ]);
  return {
    title,
    head: ['', 'figure'],
    rows: [
      [`${count} made, all asked for at once`, `${createdMs.toFixed(0)} ms`],
      [
        'of it processor time',
        `launcher and agents ${createLauncherCpuMs.toFixed(0)} ms, worker ${createWorkerCpuMs.toFixed(0)} ms`,
      ],
      [
        'the same destroyed',
        `${destroyedMs.toFixed(0)} ms, ${density.left} processes or control groups left`,
      ],
      ...plain,
      ['what the machine has less of for each', kib(density.machineBytesEach)],
      [
        'made and destroyed, four at once',
        `${singleUse.perSecond.toFixed(0)} per second; CPU ${ms(singleUse.launcherCpuMs)} ms launcher and agent, ${ms(singleUse.workerCpuMs)} ms worker`,
      ],
      ...kinds,
    ],
    notes: [],
  };
}

function timingTable({timing}: BenchReport): Table {
  const rows = (timing?.cases ?? []).map(({title, cpuMs, variation, range, beyondOwnMs}) => [
    title,
    ms(median(cpuMs)),
    percent(variation),
    percent(range),
    beyondOwnMs === null ? '–' : ms(median(beyondOwnMs)),
    String(cpuMs.length),
  ]);
  return {
    title: 'cpu time of one CPU-bound program, repeated',
    head: [
      '',
      'median ms',
      'coefficient of variation',
      '(longest − shortest) ÷ median',
      'beyond its own count, ms',
      'runs',
    ],
    rows,
    notes:
      timing === null ? [] : [`Counting instructions (perf_event_open) is ${timing.instructionCounter}.`],
  };
}

function liveTable({live}: BenchReport): Table {
  const title = 'Live and judged runs';
  if (live === null) return {title, head: [], rows: [], notes: []};
  const {echo, output, slowReaderPeakBytes, judged} = live;
  return {
    title,
    head: ['', 'figure'],
    rows: [
      ['echo of a key in a terminal over WebSocket', `p50 ${ms(echo.p50)} ms, p99 ${ms(echo.p99)} ms`],
      [
        '100 MiB of output',
        `${mib(output.fastBytesPerSecond)}/s to a fast reader, ${mib(output.slowBytesPerSecond)}/s to a slow one`,
      ],
      ['server while the slow one had it wait', `${mib(slowReaderPeakBytes)} resident at most`],
      [
        '100 tests on one program / 100 runs of it',
        `${judged.testsMs.toFixed(0)} / ${judged.separateRunsMs.toFixed(0)} ms`,
      ],
    ],
    notes: [],
  };
}

function memoryTable({memory}: BenchReport): Table {
  const rows = memory.map(({runs, residentBytes}) => [String(runs), mib(residentBytes)]);
  return {title: 'Memory of the server', head: ['after runs', 'resident'], rows, notes: []};
}

function combinationTable({combinations}: BenchReport): Table {
  const rows = (combinations?.phases ?? []).flatMap(({workers, cases}) =>
    cases.map((each) => {
      const {p50, p99, count} = percentiles(each.samplesMs);
      const embedded = cases.find(({name}) => name === EMBEDDED.name);
      const added =
        embedded === undefined || embedded === each
          ? null
          : estimateDifference([each.samplesMs, embedded.samplesMs], 0.5);
      return [
        combinationTitle(each, workers),
        ms(p50),
        ms(p99),
        added === null ? '' : `${ms(added.value)} (${ms(added.low)}–${ms(added.high)})`,
        median(each.runsPerSecond).toFixed(0),
        `${Math.min(...each.runsPerSecond).toFixed(0)}–${Math.max(...each.runsPerSecond).toFixed(0)}`,
        String(count),
      ];
    }),
  );
  return {
    title: 'Queues and stores: C hello, compiled before, in ms; runs per second with 32 clients',
    head: ['', 'p50', 'p99', 'added to embedded, p50 (95 % interval)', 'runs/s', 'range', 'runs'],
    rows,
    notes: (combinations?.leftOut ?? []).map(
      ({name, reason}) => `${name} left out, its servers are not here: ${reason}`,
    ),
  };
}

function combinationCpuTable({combinations}: BenchReport): Table {
  const rows = (combinations?.phases ?? []).flatMap(({workers, cases}) =>
    cases.map((each) => {
      const times = PARTS.map((part) => each.cpuMsPerRun[part] ?? null);
      const total = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
      return [
        combinationTitle(each, workers),
        ...times.map((time) => (time === null ? '–' : ms(time))),
        ms(total),
      ];
    }),
  );
  return {
    title: 'Processor time of each part for each run at full load, in ms',
    head: ['', ...PARTS, 'all'],
    rows,
    notes: [],
  };
}

function combinationTitle({name}: CombinationCase, workers: number): string {
  return name === EMBEDDED.name
    ? `${name}, beside ${workers} ${workers === 1 ? 'worker' : 'workers'} each`
    : `${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
}

function sandboxTable({sandboxes}: BenchReport): Table {
  const rows = sandboxes.map(({title, figure}) => [title, figure]);
  return {title: 'Sandboxes by themselves', head: ['', 'figure'], rows, notes: []};
}

function peerTable({missingPeers}: BenchReport): Table {
  const rows = missingPeers.map(({name, remedy}) => [name, remedy]);
  return {title: 'Peers not found', head: ['peer', 'why, and how to get it'], rows, notes: []};
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function kib(bytes: number): string {
  return `${(bytes / KIB).toFixed(0)} KiB`;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`;
}
