import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type Command, createPool, LinuxDriver, type Sandbox, type SandboxLimits} from '@sandglass/sandbox';

/**
 * Figures of sandboxes as such, without server, store and languages above them: `node bench/sandbox.ts`.
 * Needs `make -C native` and cc; everything it makes is removed at the end.
 */
const MIB = 1024 * 1024;
const KIND = {image: 'hello', network: 'none'} as const;
const LIMITS: SandboxLimits = {memoryBytes: 256 * MIB, processes: 64, cpuCount: 1, diskBytes: 128 * MIB};
const NOBODY_STOPS = {signal: undefined};

const directory = mkdtempSync(join(tmpdir(), 'sandglass-bench-'));
const driver = new LinuxDriver({
  nativeDir: fileURLToPath(new URL('../native/build', import.meta.url)),
  runDir: join(directory, 'run'),
  images: [{name: KIND.image, entries: [{kind: 'bind', source: buildHello(), target: '/opt/hello'}]}],
  maxSandboxes: 1024,
  allowWeaker: process.getuid?.() === 0 ? [] : ['memory', 'cpu', 'pids', 'io', 'separate-uid'],
});

try {
  await driver.start(NOBODY_STOPS);
  const run = helloCommand();
  await warmUp(run);
  await measureLatency(run);
  await measureThroughput(run);
  await measureIdleMemory();
} finally {
  await driver.close();
  rmSync(directory, {recursive: true});
}

/** A static program that prints one line, on the host; sandboxes find it in their image. */
function buildHello(): string {
  const source = join(directory, 'hello.c');
  writeFileSync(source, '#include <unistd.h>\nint main(void) { return write(1, "hello\\n", 6) != 6; }\n');
  const program = join(directory, 'hello');
  execFileSync('cc', ['-O2', '-static', '-s', '-o', program, source]);
  return program;
}

function helloCommand(): Command {
  return {
    argv: ['/opt/hello'],
    env: {PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/work'},
    cwd: '',
    files: [{path: 'main.c', content: Buffer.alloc(400, 'x')}],
    stdin: new Uint8Array(0),
    terminal: null,
    wallTimeMs: 10_000,
    cpuTimeMs: 10_000,
    outputBytes: MIB,
    fileBytes: 64 * MIB,
    processes: 64,
    stopAtOutputLimit: false,
    keepOthers: false,
    onOutput: () => {},
  };
}

async function warmUp(run: Command): Promise<void> {
  for (let round = 0; round < 100; round += 1) await createRunDestroy(run);
}

async function createRunDestroy(run: Command): Promise<void> {
  const sandbox = await driver.create(KIND, LIMITS, NOBODY_STOPS);
  await expectHello(sandbox, run);
  await sandbox.destroy();
}

async function expectHello(sandbox: Sandbox, run: Command): Promise<void> {
  const {exitCode, stdoutBytes} = await sandbox.exec(run).exited;
  if (exitCode !== 0 || stdoutBytes !== 6)
    throw new Error(`hello ended with ${exitCode}, ${stdoutBytes} bytes`);
}

/** One after the other: nothing else runs, as for a single user. */
async function measureLatency(run: Command): Promise<void> {
  const times = {
    create: [] as number[],
    exec: [] as number[],
    destroy: [] as number[],
    reexec: [] as number[],
  };
  const program = readFileSync(join(directory, 'hello'));
  const rerun = {...run, argv: ['./hello'], files: [{path: 'hello', content: program, mode: 0o755}]};
  for (let round = 0; round < 500; round += 1) {
    const marks = [performance.now()];
    const sandbox = await driver.create(KIND, LIMITS, NOBODY_STOPS);
    marks.push(performance.now());
    await expectHello(sandbox, run);
    marks.push(performance.now());
    await expectHello(sandbox, rerun);
    marks.push(performance.now());
    await sandbox.destroy();
    marks.push(performance.now());
    const spans = marks.slice(1).map((mark, index) => mark - (marks[index] ?? 0));
    for (const [index, name] of (['create', 'exec', 'reexec', 'destroy'] as const).entries())
      times[name].push(spans[index] ?? 0);
  }
  print('create, alone', times.create);
  print('exec of a trivial static program in a ready sandbox', times.exec);
  print(`the same with its file of ${Math.round(program.length / 1024)} KiB written before`, times.reexec);
  print('destroy, alone', times.destroy);
}

async function measureThroughput(run: Command): Promise<void> {
  for (const concurrency of [1, 2, 4, 8]) {
    const cpuBefore = process.cpuUsage();
    const rate = await ratePerSecond(concurrency, 3000, () => createRunDestroy(run));
    const cpu = process.cpuUsage(cpuBefore);
    const perRun = (cpu.user + cpu.system) / 1000 / (rate * 3);
    line(
      `create + exec + destroy, ${concurrency} at once`,
      `${rate.toFixed(0)} per second, worker cpu ${perRun.toFixed(3)} ms each`,
    );
  }
  const rate = await ratePerSecond(4, 3000, async () => {
    await (await driver.create(KIND, LIMITS, NOBODY_STOPS)).destroy();
  });
  line('create + destroy, 4 at once', `${rate.toFixed(0)} per second`);
  await using pool = createPool(driver, {defaultLimits: LIMITS, kinds: [KIND]});
  for (const concurrency of [1, 2, 8]) {
    const times: number[] = [];
    const pooled = await ratePerSecond(concurrency, 3000, async () => {
      const startedAt = performance.now();
      const sandbox = await pool.acquire(KIND, LIMITS, NOBODY_STOPS);
      await expectHello(sandbox, run);
      times.push(performance.now() - startedAt);
      await sandbox.destroy();
    });
    print(`acquire from the pool + exec, ${concurrency} at once (${pooled.toFixed(0)} per second)`, times);
  }
}

async function ratePerSecond(
  concurrency: number,
  durationMs: number,
  task: () => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - startedAt < durationMs) {
      await task();
      count += 1;
    }
  };
  await Promise.all(Array.from({length: concurrency}, lane));
  return (count * 1000) / (performance.now() - startedAt);
}

/** What the whole machine has less of, kernel memory included, and what the worker itself has more of. */
async function measureIdleMemory(): Promise<void> {
  const count = 200;
  const before = {available: availableBytes(), worker: process.memoryUsage().rss};
  const sandboxes = await Promise.all(
    Array.from({length: count}, () => driver.create(KIND, LIMITS, NOBODY_STOPS)),
  );
  const taken = before.available - availableBytes();
  const worker = process.memoryUsage().rss - before.worker;
  line(`memory per idle sandbox (of ${count}, machine-wide)`, `${(taken / count / 1024).toFixed(0)} KiB`);
  line('of it in the worker', `${(worker / count / 1024).toFixed(0)} KiB`);
  await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
}

function availableBytes(): number {
  const kib = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  return Number(kib) * 1024;
}

function print(title: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
  line(title, `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

function line(title: string, figure: string): void {
  process.stdout.write(`${title.padEnd(60)} ${figure}\n`);
}
