/**
 * How many runs a second the SQLite store takes from accepted to finished, and what that costs the server's thread.
 *
 *     node bench/store.ts [--folder DIR] [--seconds N]
 *
 * Each run is one accept, one start and one finish, each awaited until it is durable. Use a folder on the disk that the
 * server will use: what is measured is mostly that disk's fsync.
 */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {SqliteRunStore} from '@sandglass/store';
import {sampleResult, sampleRun} from '../packages/store/test/contract/sample-runs.ts';

interface Measurement {
  readonly concurrency: number;
  readonly runsPerSecond: number;
  readonly mainThreadCpuMsPerRun: number;
  readonly processCpuMsPerRun: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONCURRENCIES = [1, 8, 32, 128];

/** Runs made so far, for ids that sort as the server's do. */
let made = 0;

const {values} = parseArgs({
  options: {folder: {type: 'string', default: tmpdir()}, seconds: {type: 'string', default: '3'}},
});
const folder = await mkdtemp(join(values.folder, 'sandglass-bench-store-'));
try {
  await using store = await SqliteRunStore.open({path: join(folder, 'sandglass.db')});
  await measure(store, {concurrency: 32, durationMs: 500});
  const rows: Measurement[] = [];
  for (const concurrency of CONCURRENCIES)
    rows.push(await measure(store, {concurrency, durationMs: Number(values.seconds) * 1000}));
  console.table(rows);
} finally {
  await rm(folder, {recursive: true, force: true});
}

async function measure(
  store: SqliteRunStore,
  {concurrency, durationMs}: {readonly concurrency: number; readonly durationMs: number},
): Promise<Measurement> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const processCpu = process.cpuUsage();
  const threadCpu = process.threadCpuUsage();
  const client = async (): Promise<void> => {
    while (performance.now() - startedAt < durationMs) {
      const begun = performance.now();
      await passOneRun(store);
      latencies.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({length: concurrency}, client));
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    concurrency,
    runsPerSecond: Math.round(latencies.length / elapsedSeconds),
    mainThreadCpuMsPerRun: perRun(process.threadCpuUsage(threadCpu), latencies.length),
    processCpuMsPerRun: perRun(process.cpuUsage(processCpu), latencies.length),
    p50Ms: round(latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN),
    p99Ms: round(latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN),
  };
}

async function passOneRun(store: SqliteRunStore): Promise<void> {
  made += 1;
  const id = `0190${made.toString(16).padStart(28, '0')}`;
  const now = new Date().toISOString();
  await store.accept([sampleRun(id, {createdAt: now})], null);
  const starting = store.start(id, 1, now);
  await store.finish(id, 1, sampleResult(), now);
  await starting;
}

function perRun({user, system}: NodeJS.CpuUsage, runs: number): number {
  return round((user + system) / 1000 / runs);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
