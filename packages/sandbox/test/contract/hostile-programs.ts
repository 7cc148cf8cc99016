import {afterEach, expect, it} from 'vitest';
import {compiledProgram} from '../support/compiled-program.ts';
import {python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

const DESTROYED_WITHIN_MS = 2_000;

/** Programs that do their worst: the run ends in time, and afterwards nothing of it is left. */
export function describeHostilePrograms(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  afterEach(() => expect(setup.traces()).toEqual([]));

  itWith(setup, 'pids')('outlives a fork bomb', async () => {
    await using sandbox = await test.sandbox({processes: 64});
    const ended = await runIn(sandbox, ['./fork-bomb'], {
      files: [compiledProgram('fork-bomb')],
      wallTimeMs: 500,
    });
    expect(ended).toMatchObject({signal: 'SIGKILL', stopReason: 'wall-time'});
    expect(ended.forksRefused).toBeGreaterThan(0);
    expect(ended.processesPeak).toBeLessThanOrEqual(64);
    expect(await shell(sandbox, 'echo next')).toMatchObject({stdout: 'next\n'});
  });

  it('destroys a sandbox in which a fork bomb runs', async () => {
    const sandbox = await test.sandbox({processes: 200});
    const ended = runIn(sandbox, ['./fork-bomb'], {
      files: [compiledProgram('fork-bomb')],
      wallTimeMs: 0,
    }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = performance.now();
    await sandbox.destroy();
    expect(performance.now() - startedAt).toBeLessThan(DESTROYED_WITHIN_MS);
    expect(await ended).toMatchObject({code: 'sandbox-lost'});
  });

  it('outlives a program that kills every process it can', async () => {
    await using sandbox = await test.sandbox();
    await python(
      sandbox,
      'import os\nfor pid in range(1, 40000):\n  try: os.kill(pid, 9) if pid != os.getpid() else 0\n  except OSError: pass\nos.kill(-1, 9)',
    );
    expect(await shell(sandbox, 'echo next')).toMatchObject({stdout: 'next\n'});
  });

  it('ends with the program although a daemon holds its output', async () => {
    await using sandbox = await test.sandbox();
    const source =
      'import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(1000)\n  os._exit(0)\nprint("main ends")';
    const ended = await python(sandbox, source);
    expect(ended).toMatchObject({exitCode: 0, stdout: 'main ends\n'});
    expect(ended.wallTimeMs).toBeLessThan(2000 * test.slowdown);
  });

  it('ends a program that stops itself at its wall time', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, 'kill -STOP $$', {wallTimeMs: 300});
    expect(ended).toMatchObject({signal: 'SIGKILL', stopReason: 'wall-time'});
  });

  it('ends a program that ignores every signal at its wall time', async () => {
    await using sandbox = await test.sandbox();
    const source =
      'import signal, time\nfor n in range(1, 65):\n  try: signal.signal(n, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: time.sleep(1)';
    const ended = await python(sandbox, source, {wallTimeMs: 400});
    expect(ended).toMatchObject({stopReason: 'wall-time'});
  });

  it('keeps its own memory small while a program prints gigabytes', async () => {
    await using sandbox = await test.sandbox();
    const before = process.memoryUsage().rss;
    const ended = await shell(sandbox, 'yes | head -c 1000000000; yes >&2', {
      wallTimeMs: 2500,
      outputBytes: 1_000_000,
    });
    expect(ended.stdoutBytes + ended.stderrBytes).toBeGreaterThan(100_000_000 / test.slowdown);
    expect([ended.stdout.length, ended.stderr.length]).toEqual([
      1_000_000,
      ended.stderrBytes > 1_000_000 ? 1_000_000 : ended.stderrBytes,
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024);
  });

  it('bears single bytes printed in turn to stdout and stderr while its consumer is slow', async () => {
    await using sandbox = await test.sandbox();
    let calls = 0;
    let bytes = 0;
    const source = 'import os\nfor _ in range(20000): os.write(1, b"o"); os.write(2, b"e")';
    const ended = await python(sandbox, source, {
      onOutput: async (_stream, data) => {
        calls += 1;
        bytes += data.length;
        await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    expect(ended.exitCode).toBe(0);
    expect(bytes).toBe(40_000);
    expect(calls).toBeLessThan(5000);
  });

  itWith(setup, 'cpu')(
    'recovers from a full disk and a directory that was renamed, removed or made unusable',
    async () => {
      await using sandbox = await test.sandbox({diskBytes: 4 * 1024 * 1024});
      await shell(sandbox, 'head -c 10M /dev/zero > fill; mkdir d; mv d e; chmod 0 e; chmod 0 /work');
      await shell(sandbox, 'chmod 700 /work; cd /work && rm -rf fill e', {cwd: ''}).catch(() => {});
      const usage = await sandbox.destroy();
      expect(usage.cpuTimeMs).toBeGreaterThan(0);
    },
  );
}
