/**
 * One isolation level by itself, without server and languages above it: `node bench/level.ts LEVEL DATA_DIR IMAGE`. Prints JSON
 * (`LevelFigures`). DATA_DIR must have the image in its image store (`sandglass images build`); kernels and templates of machines are kept
 * there. A process of its own, because memory is read from what all its processes have.
 */
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {DRIVER_NAMES} from '@sandglass/protocol';
import {createPool, type Driver, MicrovmDriver, type Sandbox, type SandboxLimits} from '@sandglass/sandbox';
import {Accounting} from './levels/accounting.ts';
import type {IdleFigures, LevelFigures, MachineFigures} from './levels/level-figures.ts';
import {openDriver} from './levels/open-driver.ts';
import {pagesOf} from './memory-of.ts';

const MIB = 1024 * 1024;
const LIMITS: SandboxLimits = {memoryBytes: 256 * MIB, processes: 64, cpuCount: 1, diskBytes: 128 * MIB};
const OTHER_LIMITS: SandboxLimits = {...LIMITS, memoryBytes: 128 * MIB, processes: 32};
const NOBODY_STOPS = {signal: undefined};
const WARM_UP = 2;
const CREATIONS = 20;
const ACQUISITIONS = 20;
const IDLE = 20;
const BOOTS = 5;
/** Longer than a machine waits before it is stopped. */
const PARKED_AFTER_MS = 1_500;
const AT_REST_WITHIN_MS = 30_000;
const OBSERVED_MS = 3_000;

const [, , name = '', dataDir = '', image = ''] = process.argv;
const level = DRIVER_NAMES.find((each) => each === name);
if (level === undefined) throw new RangeError(`No isolation level is called "${name}".`);
const kind = {image, network: 'none'} as const;

await using owned = new AsyncDisposableStack();
const accounting = Accounting.open(level);
if (accounting !== null) {
  owned.use(accounting);
  accounting.enter();
  accounting.watchWorker(process.pid);
}
const {driver, pool: poolOptions} = await openDriver(level, {dataDir, image, accounting, owned});
await driver.start(NOBODY_STOPS);
const creation = await measureCreation();
const figures: LevelFigures = {
  level,
  createdMs: creation.createdMs,
  createCpuMs: creation.cpuMs,
  ...(await measurePool()),
  idle: accounting === null ? null : await measureIdle(accounting),
  machine: driver instanceof MicrovmDriver ? await measureMachine(driver, creation.destroyedMs) : null,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function measureCreation() {
  const createdMs: number[] = [];
  const destroyedMs: number[] = [];
  for (let round = 0; round < WARM_UP; round++) await (await create(driver)).destroy();
  const before = await cpuAtRest();
  for (let round = 0; round < CREATIONS; round++) {
    const startedAt = performance.now();
    const sandbox = await create(driver);
    const endedAt = performance.now();
    await sandbox.destroy();
    createdMs.push(endedAt - startedAt);
    destroyedMs.push(performance.now() - endedAt);
  }
  const after = await cpuAtRest();
  const cpuMs = before === null || after === null ? null : (after - before) / CREATIONS;
  return {createdMs, destroyedMs, cpuMs};
}

async function measurePool(): Promise<Pick<LevelFigures, 'acquiredMs' | 'acquiredWithLimitsMs'>> {
  await using pool = createPool(driver, {...poolOptions, defaultLimits: LIMITS, kinds: [kind]});
  const acquire = async (limits: SandboxLimits): Promise<number> => {
    await isAtRest(() => pool.stats.ready >= pool.stats.target && pool.stats.creating === 0);
    const startedAt = performance.now();
    await using sandbox = await pool.acquire(kind, limits, NOBODY_STOPS);
    await answer(sandbox);
    return performance.now() - startedAt;
  };
  const acquiredMs: number[] = [];
  const acquiredWithLimitsMs: number[] = [];
  for (let round = 0; round < WARM_UP; round++) await acquire(LIMITS);
  for (let round = 0; round < ACQUISITIONS; round++) {
    acquiredMs.push(await acquire(LIMITS));
    acquiredWithLimitsMs.push(await acquire(OTHER_LIMITS));
  }
  return {acquiredMs, acquiredWithLimitsMs};
}

/** The pool is full, nothing works on it, and machines that wait are stopped. */
async function isAtRest(isFull: () => boolean): Promise<void> {
  while (!isFull()) await delay(20);
  await delay(PARKED_AFTER_MS);
  await cpuAtRest();
}

async function measureIdle(counted: Accounting): Promise<IdleFigures> {
  const before = await pagesOf(others(counted));
  const sandboxes = await Promise.all(Array.from({length: IDLE}, () => create(driver)));
  await delay(PARKED_AFTER_MS);
  await counted.cpuMsAtRest({withinMs: AT_REST_WITHIN_MS});
  const after = await pagesOf(others(counted));
  const cpuBefore = counted.cpuMs();
  await delay(OBSERVED_MS);
  const cpuMs = counted.cpuMs() - cpuBefore;
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
  const shared = (pages: typeof after) => pages.proportionalBytes - pages.privateBytes;
  return {
    count: IDLE,
    privateBytes: (after.privateBytes - before.privateBytes) / IDLE,
    sharedBytes: (shared(after) - shared(before)) / IDLE,
    cpuMsPerSecond: cpuMs / IDLE / (OBSERVED_MS / 1000),
  };
}

/** Without the worker: what Node has of its own heap by chance is no part of a sandbox. */
function others(counted: Accounting): number[] {
  return counted.pids().filter((pid) => pid !== process.pid);
}

/** A start without the template boots, saves and tries out; less a start that finds it, that is the boot. */
async function measureMachine(
  machines: MicrovmDriver,
  destroyedMs: readonly number[],
): Promise<MachineFigures> {
  const {monitor} = machines;
  if (monitor === null) throw new Error('The driver has no monitor.');
  const bootedMs: number[] = [];
  for (let round = 0; round < BOOTS; round++) {
    await rm(join(dataDir, 'microvm', 'templates'), {recursive: true});
    const withBoot = await startAnother();
    bootedMs.push(withBoot - (await startAnother()));
  }
  return {monitor: `${monitor.name}, ${monitor.acceleration}`, bootedMs, destroyedMs};
}

async function startAnother(): Promise<number> {
  await using own = new AsyncDisposableStack();
  const another = await openDriver('microvm', {dataDir, image, accounting: null, owned: own});
  const startedAt = performance.now();
  await another.driver.start(NOBODY_STOPS);
  return performance.now() - startedAt;
}

function create(from: Driver): Promise<Sandbox> {
  return from.create(kind, LIMITS, NOBODY_STOPS);
}

/** The least that an agent does. */
async function answer(sandbox: Sandbox): Promise<void> {
  await sandbox.listFiles('', {maxEntries: 1, maxDepth: 1});
}

async function cpuAtRest(): Promise<number | null> {
  return accounting === null ? null : await accounting.cpuMsAtRest({withinMs: AT_REST_WITHIN_MS});
}
