/**
 * How many sandboxes a machine holds and what one costs, without server and languages above them: `node bench/density.ts [COUNT]`. Prints
 * JSON (`DensityFigures`). Needs `make -C native` and cc; everything it makes is removed at the end. A process of its own, because the
 * memory of an idle sandbox is read from what the whole machine has left.
 */
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {LinuxDriver, type Sandbox, type SandboxLimits} from '@sandglass/sandbox';
import type {DensityFigures} from './density-figures.ts';
import {childrenOf, processCpuMs} from './machine-cpu.ts';
import {idleKinds} from './memory-of.ts';

const MIB = 1024 * 1024;
const KIND = {image: 'empty', network: 'none'} as const;
const LIMITS: SandboxLimits = {memoryBytes: 256 * MIB, processes: 64, cpuCount: 1, diskBytes: 128 * MIB};
const NOBODY_STOPS = {signal: undefined};
const WARM_UP = 50;
const SINGLE_USES = 1000;
const AT_ONCE = 4;

const count = Number(process.argv[2] ?? 500);
const directory = mkdtempSync(join(tmpdir(), 'sandglass-density-'));
const driver = new LinuxDriver({
  nativeDir: fileURLToPath(new URL('../native/build', import.meta.url)),
  runDir: join(directory, 'run'),
  images: [{name: KIND.image, entries: [{kind: 'bind', source: '/usr', target: '/usr'}]}],
  maxSandboxes: count + AT_ONCE,
  allowWeaker: process.getuid?.() === 0 ? [] : ['memory', 'cpu', 'pids', 'io', 'separate-uid'],
});
try {
  await driver.start(NOBODY_STOPS);
  const [launcher] = await childrenOf(process.pid);
  if (launcher === undefined) throw new Error('The driver has no launcher of its own.');
  for (let index = 0; index < WARM_UP; index++) await (await create()).destroy();
  const singleUse = await measureSingleUse(launcher);
  const figures = {...(await measureIdle(launcher)), singleUse} satisfies DensityFigures;
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  await driver.close();
  rmSync(directory, {recursive: true});
}

function create(): Promise<Sandbox> {
  return driver.create(KIND, LIMITS, NOBODY_STOPS);
}

/** Processor time of making and destroying, in launcher and agents, in this process, and of the kernel's own threads that clean up behind it. */
async function measureSingleUse(launcher: number): Promise<DensityFigures['singleUse']> {
  const before = {launcher: await processCpuMs(launcher), worker: process.cpuUsage()};
  const startedAt = performance.now();
  let left = SINGLE_USES;
  const lane = async () => {
    while (left-- > 0) await (await create()).destroy();
  };
  await Promise.all(Array.from({length: AT_ONCE}, lane));
  const {user, system} = process.cpuUsage(before.worker);
  return {
    perSecond: (SINGLE_USES * 1000) / (performance.now() - startedAt),
    launcherCpuMs: ((await processCpuMs(launcher)) - before.launcher) / SINGLE_USES,
    workerCpuMs: (user + system) / 1000 / SINGLE_USES,
  };
}

async function measureIdle(launcher: number): Promise<Omit<DensityFigures, 'singleUse'>> {
  const available = availableBytes();
  const before = {cpu: await processCpuMs(launcher), worker: process.cpuUsage(), groups: groupCount()};
  const startedAt = performance.now();
  const sandboxes = await Promise.all(Array.from({length: count}, create));
  const createdMs = performance.now() - startedAt;
  const {user, system} = process.cpuUsage(before.worker);
  const createLauncherCpuMs = (await processCpuMs(launcher)) - before.cpu;
  // The launcher's group of agents holds the pages of /work, the sandbox's own group those of its programs: none yet.
  const machineBytes = (available - availableBytes()) / count;
  const kinds = await idleKinds(launcher);
  const destroyedFrom = performance.now();
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
  return {
    count,
    createdMs,
    createLauncherCpuMs,
    createWorkerCpuMs: (user + system) / 1000,
    destroyedMs: performance.now() - destroyedFrom,
    left: groupCount() - before.groups + (await childrenOf(launcher)).length,
    machineBytesEach: machineBytes,
    kinds,
  };
}

function availableBytes(): number {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
}

/** Control groups of sandboxes, in whatever hierarchies this machine has; other launchers' as well, so only a difference means something. */
function groupCount(): number {
  return walk('/sys/fs/cgroup', 0);
}

function walk(folder: string, depth: number): number {
  if (depth > 5) return 0;
  let found = 0;
  try {
    for (const entry of readdirSync(folder, {withFileTypes: true})) {
      if (!entry.isDirectory()) continue;
      found += /^sb-\d+$/.test(entry.name) && folder.includes(`w${process.pid}-`) ? 1 : 0;
      found += walk(join(folder, entry.name), depth + 1);
    }
  } catch {
    // Gone while it was looked at.
  }
  return found;
}
