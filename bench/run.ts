/**
 * `npm run bench`: what this machine does, in one run, side by side. Prints a table and writes test-output/bench.json.
 */
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {cpus, release, tmpdir, totalmem} from 'node:os';
import {join} from 'node:path';
import {buildSpawnTimer, prepareBare} from './bare.ts';
import {measureLive} from './live.ts';
import {parseBenchOptions} from './options.ts';
import {benchPrograms} from './programs.ts';
import {formatReport} from './report.ts';
import {measureSandboxes} from './sandbox-figures.ts';
import {watchServerMemory} from './server-memory.ts';
import {startServerProcess} from './server-process.ts';
import {compareSideBySide} from './side-by-side.ts';
import {measureThroughput} from './throughput.ts';

const CONCURRENCIES = [1, 2, 8, 32];
const OUTPUT_DIR = join(import.meta.dirname, '../test-output');

const options = parseBenchOptions(process.argv.slice(2));
const folder = await mkdtemp(join(tmpdir(), 'sandglass-bench-'));
try {
  const throughServer = await measure(folder);
  say('sandboxes by themselves');
  const report = {...throughServer, sandboxes: await measureSandboxes()};
  await mkdir(OUTPUT_DIR, {recursive: true});
  await writeFile(join(OUTPUT_DIR, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${formatReport(report).join('\n')}\n`);
} finally {
  await rm(folder, {recursive: true, force: true});
}

async function measure(folder: string) {
  const timerPath = await buildSpawnTimer(folder);
  const programs = benchPrograms(process.execPath);
  const prepared = await Promise.all(
    programs.map(async (program) => [program, await prepareBare(program, folder, timerPath)] as const),
  );
  say('starting a server');
  await using server = await startServerProcess(join(folder, 'data'));
  say(`comparing ${programs.map(({name}) => name).join(', ')} with starting them by hand`);
  const comparisons = await compareSideBySide(prepared, {url: server.url, ...options});
  const [c] = programs;
  if (c === undefined) throw new RangeError('There is no program to measure.');
  const throughput: {concurrency: number; runsPerSecond: number}[] = [];
  for (const concurrency of CONCURRENCIES) {
    say(`runs per second with ${concurrency} at once`);
    const load = {concurrency, durationMs: options.throughputMs};
    throughput.push({concurrency, runsPerSecond: await measureThroughput(server.url, c.request, load)});
  }
  say(`the server's memory over ${options.memoryRuns} runs`);
  const memory = await watchServerMemory(server, c.request, options.memoryRuns);
  say('live and judged runs');
  const live = await measureLive(server);
  const [cpu] = cpus();
  const machine = {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
  };
  return {
    measuredAt: new Date().toISOString(),
    machine,
    node: process.version,
    options,
    comparisons,
    throughput,
    memory,
    live,
  };
}

/** Progress goes to stderr: the report alone is the output. */
function say(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`bench: ${message}\n`);
}
