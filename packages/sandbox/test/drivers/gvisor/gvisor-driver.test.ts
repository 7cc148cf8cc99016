import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {createPool, type SandboxKind} from '@sandglass/sandbox';
import {afterAll, describe, expect, it, vi} from 'vitest';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {command} from '../../support/command.ts';
import {compiledProgram} from '../../support/compiled-program.ts';
import {nativeBuild} from '../../support/native-build.ts';
import {runIn, shell} from '../../support/run-in.ts';
import {descendants, isRunning} from '../linux/support/linux-traces.ts';
import {gvisorReleases} from './support/gvisor-releases.ts';
import {GvisorPlace} from './support/gvisor-setup.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};
const WORKER = fileURLToPath(new URL('support/gvisor-worker.ts', import.meta.url));
const MIB = 1024 * 1024;

/** The newer release every time, as it differs most in what it leaves to be cleaned up; SANDGLASS_TEST_FULL=1 has the other as well. */
const releases = await gvisorReleases();
const exercised = process.env.SANDGLASS_TEST_FULL === '1' ? releases : releases.slice(-1);

describe.each(exercised)('with $name', ({options}) => {
  const place = new GvisorPlace(options);
  afterAll(() => place[Symbol.dispose]());

  it("runs programs on a kernel that is not the host's", async () => {
    await using driver = await place.driver();
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const {stdout} = await shell(sandbox, 'cat /proc/version; dmesg 2>/dev/null | head -1');
    expect(stdout).toMatch(/^Linux version 4\.4\.0/);
    expect(driver.isolation.enforced).toEqual(expect.arrayContaining(['user-space-kernel', 'memory', 'cpu']));
  });

  it('calls it a memory limit, not a fault, when the sandbox as a whole is out of memory, and bounds the processor from outside', async () => {
    await using driver = await place.driver();
    const sandbox = await driver.create(KIND, {...LIMITS, memoryBytes: 48 * MIB}, ALWAYS);
    const files = [compiledProgram('allocate')];
    const ended = await shell(sandbox, 'echo before; exec ./allocate 200', {files});
    expect(ended).toMatchObject({
      signal: 'SIGKILL',
      stopReason: 'out-of-memory',
      stdout: 'before\n',
      stdoutBytes: 7,
    });
    expect(ended.memoryPeakBytes).toBeGreaterThan(32 * MIB);
    await expect(sandbox.exec(command(['true'])).exited).rejects.toMatchObject({code: 'sandbox-lost'});
    await sandbox.destroy();
    const half = await driver.create(KIND, {...LIMITS, cpuCount: 0.5}, ALWAYS);
    const before = performance.now();
    await runIn(half, ['./spin', '2'], {files: [compiledProgram('spin')], wallTimeMs: 1000});
    const usage = await half.destroy();
    // Half a core since it runs, and what its start took without a bound.
    expect(usage.cpuTimeMs).toBeLessThan((performance.now() - before) * 0.5 + 1500);
    expect(place.traces()).toEqual([]);
  });

  it.each(['SIGKILL', 'SIGSEGV'] as const)(
    'leaves nothing when its worker ends by %s while programs run',
    async (signal) => {
      const worker = spawn(process.execPath, [WORKER, place.runDir, nativeBuild(), JSON.stringify(options)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      await once(createInterface({input: worker.stdout}), 'line');
      const pid = worker.pid ?? 0;
      const family = descendants(pid);
      expect(family.length).toBeGreaterThanOrEqual(6);
      expect(place.cgroups(pid)).not.toEqual([]);
      worker.kill(signal);
      await once(worker, 'close');
      await vi.waitFor(() => expect(family.filter(isRunning)).toEqual([]), {timeout: 20_000});
      // Folders and empty cgroups go with the next start of any worker.
      await (await place.driver()).close();
      expect(place.cgroups(pid)).toEqual([]);
      expect(place.traces()).toEqual([]);
    },
  );

  it('fails what runs as sandbox-lost when its monitor is killed, and the next sandbox works', async () => {
    await using driver = await place.driver();
    const sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const running = sandbox.exec(command(['sleep', '1000'], {wallTimeMs: 0}));
    await running.started;
    for (const pid of descendants(process.pid).filter(isRunning)) process.kill(pid, 'SIGKILL');
    await expect(running.exited).rejects.toMatchObject({code: 'sandbox-lost'});
    await sandbox.destroy();
    expect(place.traces()).toEqual([]);
    await using next = await driver.create(KIND, LIMITS, ALWAYS);
    expect((await shell(next, 'echo next')).stdout).toBe('next\n');
  });

  it('gives an agent up that never answers, and says what it printed instead', async () => {
    const nativeDir = mkdtempSync(join(tmpdir(), 'sg-agent-'));
    try {
      writeFileSync(join(nativeDir, 'sandglass-agent'), compiledProgram('never-answers').content, {
        mode: 0o755,
      });
      await expect(place.driver({nativeDir, platform: 'ptrace'})).rejects.toMatchObject({
        code: 'isolation-unavailable',
        message: expect.stringMatching(/did not answer within.*not today/s),
      });
      expect(place.traces()).toEqual([]);
    } finally {
      rmSync(nativeDir, {recursive: true});
    }
  });

  it('keeps sandboxes ready, gives each once, and makes another for a disk of another size', async () => {
    await using driver = await place.driver();
    {
      await using pool = createPool(driver, {
        defaultLimits: LIMITS,
        kinds: [KIND],
        floor: 2,
        maxSandboxes: 4,
      });
      await vi.waitFor(() => expect(pool.stats.ready).toBe(2), {timeout: 30_000});
      await using warm = await pool.acquire(KIND, LIMITS, ALWAYS);
      // Taken from what was ready: nobody waited for another to be made.
      expect(pool.stats).toMatchObject({inUse: 1, waiting: 0});
      expect((await shell(warm, 'echo warm')).stdout).toBe('warm\n');
      await using small = await pool.acquire(KIND, {...LIMITS, diskBytes: 2 * MIB}, ALWAYS);
      expect((await shell(small, 'head -c 3M /dev/zero > f')).exitCode).not.toBe(0);
    }
    expect(place.traces()).toEqual([]);
  });
});

it('says what to install when the program is not there', async () => {
  using place = new GvisorPlace();
  await expect(place.driver({runsc: '/no/such/runsc'})).rejects.toMatchObject({
    code: 'isolation-unavailable',
    message: expect.stringContaining('apt-get install runsc'),
  });
});
