import {availableParallelism} from 'node:os';
import type {RunRequest} from '@sandglass/protocol';
import {openRunner} from '../run/open-runner.ts';
import type {Runner} from '../run/runner.ts';
import {styleFor} from '../terminal/style.ts';
import {formatTable} from '../terminal/table.ts';
import {formatMs} from '../terminal/units.ts';
import {BENCH_PROGRAMS} from './bench-programs.ts';

/** Enough for a steady median, few enough for a JVM to be done in two seconds. */
const SAMPLES = 20;
const THROUGHPUT_MS = 3000;

interface Figures {
  readonly language: string;
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** `sandglass bench`: what a run costs on this machine, from asking for it to its result, without a server. */
export async function bench({json}: {readonly json: boolean}): Promise<void> {
  await using runner = await openRunner('');
  const available = new Set((await runner.languages()).filter((each) => each.available).map(({id}) => id));
  const programs = BENCH_PROGRAMS.filter(({language}) => available.has(language));
  const figures: Figures[] = [];
  for (const program of programs) {
    progress(program.language);
    figures.push({language: program.language, ...(await measure(runner, program))});
  }
  const [trivial] = programs;
  progress('many at once');
  const concurrency = availableParallelism() * 2;
  const runsPerSecond = trivial === undefined ? 0 : await throughput(runner, trivial, concurrency);
  progress('');
  if (json) {
    process.stdout.write(`${JSON.stringify({runs: figures, concurrency, runsPerSecond}, null, 2)}\n`);
    return;
  }
  const rows = figures.map(({language, medianMs, slowestMs}) => [
    language,
    formatMs(medianMs),
    formatMs(slowestMs),
  ]);
  const [heading = '', ...lines] = formatTable([['ONE AT A TIME', 'MEDIAN', 'SLOWEST'], ...rows]);
  process.stdout.write(`${styleFor(process.stdout)('bold', heading)}\n${lines.join('\n')}\n\n`);
  process.stdout.write(
    `${runsPerSecond.toFixed(0)} ${trivial?.language ?? ''} runs per second, ${concurrency} at once\n`,
  );
}

async function measure(runner: Runner, program: RunRequest): Promise<Omit<Figures, 'language'>> {
  // The first one compiles; later ones find that in the cache, as a user's do.
  await runOnce(runner, program);
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) samples.push(await runOnce(runner, program));
  samples.sort((a, b) => a - b);
  return {medianMs: samples[SAMPLES / 2] ?? Number.NaN, slowestMs: samples[SAMPLES - 1] ?? Number.NaN};
}

async function throughput(runner: Runner, program: RunRequest, concurrency: number): Promise<number> {
  const startedAt = performance.now();
  let finished = 0;
  const client = async () => {
    while (performance.now() - startedAt < THROUGHPUT_MS) {
      await runOnce(runner, program);
      finished++;
    }
  };
  await Promise.all(Array.from({length: concurrency}, client));
  return finished / ((performance.now() - startedAt) / 1000);
}

async function runOnce(runner: Runner, program: RunRequest): Promise<number> {
  const silent = async () => {};
  const startedAt = performance.now();
  const {outcome} = await runner.run(program, {
    signal: new AbortController().signal,
    onOutput: silent,
    onCompiled: silent,
  });
  if (outcome !== 'ok')
    throw new Error(`The ${program.language} program of the benchmark ended as ${outcome}.`);
  return performance.now() - startedAt;
}

/** What is measured now, on one line of the terminal that the next one replaces. */
function progress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what === '' ? '' : `measuring ${what}`}`);
}
