import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {Run} from '@sandglass/protocol';
import {spread} from './statistics.ts';
import {openJsonPoster} from './subjects/post-json.ts';

const run = promisify(execFile);
const NS_PER_MS = 1e6;

/** Repeated runs of one CPU-bound program one way. */
export interface TimingCase {
  readonly title: string;
  /** As charged by the kernel: to the process by hand, to the sandbox's control group in a run. */
  readonly cpuMs: readonly number[];
  /** Standard deviation and range as shares of mean and median. */
  readonly variation: number;
  readonly range: number;
  /** What the report says beyond the program's own count (CLOCK_PROCESS_CPUTIME_ID at its end): its start, and none of our own work. Null by hand. */
  readonly beyondOwnMs: readonly number[] | null;
}

export interface TimingFigures {
  readonly cases: readonly TimingCase[];
  /** Whether the kernel lets instructions be counted, and if not, why. */
  readonly instructionCounter: string;
}

/** Runs the same program by hand, in a run, and in a run with a core of its own, taking turns. */
export async function measureTiming(
  url: string,
  {folder, runs, onRun}: {readonly folder: string; readonly runs: number; readonly onRun: () => void},
): Promise<TimingFigures> {
  const source = join(import.meta.dirname, 'native/count-primes.c');
  const program = join(folder, 'count-primes');
  await run('/usr/bin/gcc', ['-O2', '-o', program, source]);
  const code = await readFile(source, 'utf8');
  using poster = openJsonPoster(url, 1);
  const inRun = async (cpuPinning: boolean) => {
    const request = {language: 'c', code, limits: {cpuPinning}};
    const {status, body} = await poster.post('v1/runs?wait=true', request);
    const {outcome, run: step} = body as Partial<Run>; // Our own server's answer; checked next.
    if (status !== 200 || outcome !== 'ok' || !step)
      throw new Error(`A timed run ended badly: ${JSON.stringify(body).slice(0, 400)}`);
    return {cpuMs: step.cpuTimeMs, ownMs: ownCpuMs(step.stdout)};
  };
  const canPin = (await offeredCores(url)) > 0;
  const cases = [
    {title: 'by hand', measure: async () => ({cpuMs: ownCpuMs((await run(program)).stdout), ownMs: null})},
    {title: 'in a run', measure: () => inRun(false)},
    ...(canPin ? [{title: 'in a run with cpuPinning', measure: () => inRun(true)}] : []),
  ].map((each) => ({...each, samples: [] as {cpuMs: number; ownMs: number | null}[]}));
  for (const {measure} of cases) await measure();
  for (let round = 0; round < runs; round++) {
    onRun();
    for (const {measure, samples} of round % 2 === 0 ? cases : [...cases].reverse())
      samples.push(await measure());
  }
  return {
    cases: cases.map(({title, samples}) => {
      const cpuMs = samples.map((each) => each.cpuMs);
      const beyond = samples.flatMap((each) => (each.ownMs === null ? [] : [each.cpuMs - each.ownMs]));
      return {title, cpuMs, ...spread(cpuMs), beyondOwnMs: beyond.length === 0 ? null : beyond};
    }),
    instructionCounter: await probeCounter(folder),
  };
}

function ownCpuMs(stdout: string): number {
  return Number(stdout.split(' ')[1]) / NS_PER_MS;
}

async function offeredCores(url: string): Promise<number> {
  const info = (await (await fetch(new URL('/v1/info', url))).json()) as {cpuPinning?: {cpus?: unknown[]}}; // Ours.
  return info.cpuPinning?.cpus?.length ?? 0;
}

async function probeCounter(folder: string): Promise<string> {
  const probe = join(folder, 'perf-probe');
  await run('/usr/bin/gcc', ['-O2', '-o', probe, join(import.meta.dirname, 'native/perf-probe.c')]);
  const {stdout} = await run(probe);
  return stdout.startsWith('yes')
    ? 'offered by this host'
    : `not offered by this host (${stdout.slice(3).trim()})`;
}
