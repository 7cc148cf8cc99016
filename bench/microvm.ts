import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {
  createPool,
  MicrovmDriver,
  type MicrovmDriverOptions,
  type Sandbox,
  type SandboxLimits,
} from '@sandglass/sandbox';
import {machineOptions} from '../packages/sandbox/test/drivers/microvm/support/microvm-setup.ts';

/**
 * Figures of virtual machines as such: `node bench/microvm.ts`. Needs root, qemu-system-x86, mmdebstrap and erofs-utils; kernel and disk are those of
 * the driver's tests. Everything else that it makes is removed at the end.
 */
const MIB = 1024 * 1024;
const KIND = {image: 'host', network: 'none'} as const;
const LIMITS: SandboxLimits = {memoryBytes: 256 * MIB, processes: 64, cpuCount: 1, diskBytes: 128 * MIB};
const NOBODY_STOPS = {signal: undefined};
const ROUNDS = 20;
const AMONG = 20;
/** Longer than a machine waits before it is stopped. */
const PARKED_MS = 3_000;

const folder = mkdtempSync(join(tmpdir(), 'sandglass-bench-'));
const options: MicrovmDriverOptions = {...(await machineOptions()), cacheDir: folder};
try {
  await started(); // Kernel and initial ramdisk are put together, which is no part of a boot.
  rmSync(join(folder, 'templates'), {recursive: true});
  const withBoot = await started();
  const withTemplate = await started();
  say('boot, save and try out, less a start with the template there', [withBoot - withTemplate]);
  await using driver = new MicrovmDriver(options);
  await driver.start(NOBODY_STOPS);
  await measureRestore(driver);
  await measureStock(driver);
  await measurePool(driver);
  process.stdout.write(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}\n`,
  );
} finally {
  rmSync(folder, {recursive: true, force: true});
}

async function started(): Promise<number> {
  await using driver = new MicrovmDriver(options);
  const startedAt = performance.now();
  await driver.start(NOBODY_STOPS);
  return performance.now() - startedAt;
}

async function measureRestore(driver: MicrovmDriver): Promise<void> {
  const creations: number[] = [];
  const ends: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const sandbox = await driver.create(KIND, LIMITS, NOBODY_STOPS);
    const endedAt = performance.now();
    creations.push(endedAt - startedAt);
    await sandbox.destroy();
    ends.push(performance.now() - endedAt);
  }
  say('create: restored, renewed, limited, agent greeted', creations);
  say('destroy', ends);
}

async function measureStock(driver: MicrovmDriver): Promise<void> {
  const sandboxes = await Promise.all(
    Array.from({length: AMONG}, () => driver.create(KIND, LIMITS, NOBODY_STOPS)),
  );
  await delay(PARKED_MS);
  const monitors = childrenOf(process.pid).filter((pid) => programOf(pid).includes('qemu'));
  const before = monitors.map(cpuTicks);
  await delay(PARKED_MS);
  const ticks = monitors.map((pid, index) => cpuTicks(pid) - (before[index] ?? 0));
  say(
    `private memory of each among ${AMONG}, MiB`,
    monitors.map((pid) => memoryOf(pid, /^Private_\w+:\s+(\d+)/gm)),
  );
  say(
    'their proportional share, MiB',
    monitors.map((pid) => memoryOf(pid, /^Pss:\s+(\d+)/gm)),
  );
  say(
    `processor time of each in ${PARKED_MS} ms parked, ms`,
    ticks.map((count) => count * 10),
  );
  const wakes: number[] = [];
  for (const sandbox of sandboxes) {
    const startedAt = performance.now();
    await sandbox.configure(LIMITS);
    wakes.push(performance.now() - startedAt);
  }
  say('wake a parked one and set its limits', wakes);
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
}

async function measurePool(driver: MicrovmDriver): Promise<void> {
  await using pool = createPool(driver, {
    defaultLimits: LIMITS,
    kinds: [KIND],
    floor: 10,
    parallelCreations: 2,
  });
  const acquisitions: number[] = [];
  const hellos: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    while (pool.stats.ready < 10) await delay(20);
    await delay(1_500);
    const startedAt = performance.now();
    await using sandbox = await pool.acquire(KIND, LIMITS, NOBODY_STOPS);
    acquisitions.push(performance.now() - startedAt);
    await python(sandbox);
    hellos.push(performance.now() - startedAt);
  }
  say('acquire from the pool', acquisitions);
  say('acquire and Python hello, first program of the machine', hellos);
}

async function python(sandbox: Sandbox): Promise<void> {
  await sandbox.exec({
    argv: ['python3', '-c', 'print("hello")'],
    env: {PATH: '/usr/bin:/bin'},
    cwd: '',
    files: [],
    stdin: new Uint8Array(0),
    terminal: null,
    wallTimeMs: 60_000,
    cpuTimeMs: 0,
    outputBytes: 0,
    fileBytes: 0,
    processes: 0,
    stopAtOutputLimit: false,
    keepOthers: false,
    onOutput: () => {},
  }).exited;
}

function say(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  process.stdout.write(`${what}: median ${at(0.5)} [${at(0)}..${at(1)}], n = ${values.length}\n`);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function programOf(pid: number): string {
  return readdirSync('/proc').includes(String(pid)) ? readFileSync(`/proc/${pid}/comm`, 'utf8') : '';
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid: number, lines: RegExp): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...rollup.matchAll(lines)].reduce((sum, [, kib]) => sum + Number(kib), 0) / 1024;
}
