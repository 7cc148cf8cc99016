import type {LiveFigures} from './live.ts';
import type {SandboxFigure} from './sandbox-figures.ts';
import type {MemorySample} from './server-memory.ts';
import type {Comparison} from './side-by-side.ts';

export interface BenchReport {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly kernel: string;
  };
  readonly node: string;
  readonly comparisons: readonly Comparison[];
  readonly throughput: readonly {readonly concurrency: number; readonly runsPerSecond: number}[];
  readonly memory: readonly MemorySample[];
  readonly live: LiveFigures;
  readonly sandboxes: readonly SandboxFigure[];
}

/** The figures as text for a person. */
export function formatReport({
  machine,
  node,
  comparisons,
  throughput,
  memory,
  live,
  sandboxes,
}: BenchReport): string[] {
  const gib = (machine.memoryBytes / 1024 ** 3).toFixed(0);
  return [
    `${machine.cpu}, ${machine.cores} cores, ${gib} GiB, Linux ${machine.kernel}, Node ${node}`,
    '',
    'One program at a time, in ms        by hand                 through HTTP',
    '                              p50    p95    p99      p50    p95    p99     more at p50',
    ...comparisons.map(comparisonLine),
    '',
    'Trivial C through HTTP        at once      runs/s',
    ...throughput.map(({concurrency, runsPerSecond}) => row('', concurrency, runsPerSecond.toFixed(0))),
    '',
    'Memory of the server          after runs   MiB resident',
    ...memory.map(({runs, residentBytes}) => row('', runs, (residentBytes / 1024 ** 2).toFixed(1))),
    '',
    'Live and judged runs',
    ...liveLines(live),
    '',
    'Sandboxes by themselves',
    ...sandboxes.map(({title, figure}) => `${title.padEnd(60)} ${figure}`),
  ];
}

function liveLines({echo, output, slowReaderPeakBytes, judged}: LiveFigures): string[] {
  const mib = (bytes: number) => (bytes / 1024 ** 2).toFixed(0);
  return [
    `echo of a key in a terminal over WebSocket: p50 ${echo.p50.toFixed(2)} ms, p99 ${echo.p99.toFixed(2)} ms`,
    `100 MiB of output: ${mib(output.fastBytesPerSecond)} MiB/s to a fast reader, ${mib(output.slowBytesPerSecond)} MiB/s to a slow one`,
    `memory of the server while the slow one had it wait: ${mib(slowReaderPeakBytes)} MiB resident at most`,
    `100 tests on one program: ${judged.testsMs.toFixed(0)} ms; 100 runs of it: ${judged.separateRunsMs.toFixed(0)} ms`,
  ];
}

function comparisonLine({name, bare, http}: Comparison): string {
  const figures = [bare.p50, bare.p95, bare.p99].map(ms).join('');
  const ours = [http.p50, http.p95, http.p99].map(ms).join('');
  const more = http.p50 - bare.p50;
  return `${name.padEnd(26)}${figures}  ${ours}     ${more > 0 ? '+' : ''}${more.toFixed(2)}`;
}

function ms(value: number): string {
  return value.toFixed(2).padStart(7);
}

function row(label: string, first: number, second: string): string {
  return `${label.padEnd(30)}${String(first).padStart(7)}${second.padStart(15)}`;
}
