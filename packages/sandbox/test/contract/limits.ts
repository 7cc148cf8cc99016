import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {compiledProgram} from '../support/compiled-program.ts';
import {collector, python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith, LIMITS} from './driver-under-test.ts';

const MIB = 1024 * 1024;

/** Each bound holds, against every process of the program, and the report says which one struck. */
export function describeLimits(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('ends a program at its wall time, and delivers what it printed before', async () => {
    await using sandbox = await test.sandbox();
    const wallTimeMs = 300 * test.slowdown;
    const ended = await shell(sandbox, 'echo before; sleep 100', {wallTimeMs});
    expect(ended).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
      stopReason: 'wall-time',
      stdout: 'before\n',
    });
    expect(ended.wallTimeMs).toBeGreaterThanOrEqual(wallTimeMs);
    expect(ended.wallTimeMs).toBeLessThan(wallTimeMs + 500 * test.slowdown);
  });

  it('ends a program at its cpu time, summed over all its processes', async () => {
    await using sandbox = await test.sandbox({cpuCount: 2});
    const ended = await runIn(sandbox, ['./spin', '4'], {
      files: [compiledProgram('spin')],
      cpuTimeMs: 300,
      wallTimeMs: 20_000,
    });
    expect(ended).toMatchObject({signal: 'SIGKILL', stopReason: 'cpu-time'});
    expect(ended.cpuTimeMs).toBeGreaterThanOrEqual(300);
    expect(ended.cpuTimeMs).toBeLessThan(300 + 400 * test.slowdown);
  });

  it('does not count sleeping as cpu time', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, `sleep ${0.4 * test.slowdown}`, {cpuTimeMs: 200 * test.slowdown});
    expect(ended).toMatchObject({exitCode: 0, stopReason: 'none'});
  });

  it('keeps a pinned sandbox on its core and every other one off it, where the driver offers that', async () => {
    const cpus = test.driver.pinnableCpus ?? [];
    const [pinnedCpu] = cpus.slice(1);
    if (pinnedCpu === undefined) {
      await expect(test.sandbox({pinnedCpu: 0})).rejects.toMatchObject({code: 'isolation-failed'});
      return;
    }
    const cores = 'import os; print(*sorted(os.sched_getaffinity(0)))';
    const grab = `import os; os.sched_setaffinity(0, ${JSON.stringify(cpus)}); ${cores}`;
    await using early = await test.sandbox();
    {
      await using pinned = await test.sandbox({pinnedCpu});
      await using late = await test.sandbox();
      expect((await python(pinned, cores)).stdout).toBe(`${pinnedCpu}\n`);
      expect((await python(pinned, grab)).stdout).toBe(`${pinnedCpu}\n`);
      const others = `${cpus.filter((cpu) => cpu !== pinnedCpu).join(' ')}\n`;
      expect((await python(early, grab)).stdout).toBe(others);
      expect((await python(late, cores)).stdout).toBe(others);
      await expect(test.sandbox({pinnedCpu})).rejects.toMatchObject({code: 'isolation-failed'});
    }
    expect((await python(early, cores)).stdout).toBe(`${cpus.join(' ')}\n`);
  });

  it('moves what waits in a sandbox already to the core that it is pinned to', async () => {
    const [pinnedCpu] = (test.driver.pinnableCpus ?? []).slice(1);
    if (pinnedCpu === undefined) return;
    await using sandbox = await test.sandbox();
    const printed = collector();
    const code = 'import os; input(); print(*sorted(os.sched_getaffinity(0)))';
    const waiting = sandbox.exec(
      command(['python3', '-I', '-S', '-c', code], {stdin: 'open', onOutput: printed.onOutput}),
    );
    await waiting.started;
    await sandbox.configure({...LIMITS, pinnedCpu});
    await waiting.write(Buffer.from('\n'));
    await waiting.exited;
    expect(printed.texts().stdout).toBe(`${pinnedCpu}\n`);
  });

  itWith(
    setup,
    'cpu',
    'cpu-accounting',
  )('gives a program its share of the processor and no more', async () => {
    await using sandbox = await test.sandbox({cpuCount: 0.5});
    const ended = await runIn(sandbox, ['./spin', '2'], {files: [compiledProgram('spin')], wallTimeMs: 1000});
    // How much of its share it really gets depends on the machine's other work; that it gets no more does not.
    expect(ended.cpuTimeMs).toBeLessThan(700);
  });

  itWith(setup, 'memory').each<[string, readonly string[]]>([
    ['in one process', ['./allocate', '200']],
    ['in several processes together', ['./allocate', '40', '4']],
  ])('kills a program that allocates more memory than allowed %s', async (_title, argv) => {
    await using sandbox = await test.sandbox({memoryBytes: 64 * MIB});
    const ended = await runIn(sandbox, argv, {files: [compiledProgram('allocate')]});
    expect(ended.oomKills).toBeGreaterThan(0);
    expect(ended.signal ?? ended.stopReason).toMatch(/SIGKILL|out-of-memory/);
    expect(ended.memoryPeakBytes).toBeGreaterThan(56 * MIB);
    expect(ended.memoryPeakBytes).toBeLessThanOrEqual(65 * MIB);
    expect(ended.stdout).toBe('');
  });

  it('lets a program use the memory it is allowed', async () => {
    await using sandbox = await test.sandbox({memoryBytes: 64 * MIB});
    const ended = await runIn(sandbox, ['./allocate', '56'], {files: [compiledProgram('allocate')]});
    expect(ended).toMatchObject({exitCode: 0, oomKills: 0, stopReason: 'none', stdout: 'allocated\n'});
  });

  itWith(setup, 'pids')('refuses processes past the bound, threads included, and says so', async () => {
    await using sandbox = await test.sandbox({processes: 8});
    const source = `
import os, time
count = 0
try:
    while count < 100:
        if os.fork() == 0:
            time.sleep(5); os._exit(0)
        count += 1
except BlockingIOError:
    print(count)`;
    const ended = await python(sandbox, source, {processes: 0});
    expect(ended).toMatchObject({exitCode: 0, stdout: '7\n'});
    expect(ended.forksRefused).toBeGreaterThan(0);
    expect(ended.processesPeak).toBeLessThanOrEqual(8);
  });

  it('keeps and counts output up to the limit, counts what follows and lets the program end by itself', async () => {
    await using sandbox = await test.sandbox();
    const source =
      'import os; os.write(2, b"e" * 50); [os.write(1, b"x" * 1000) for _ in range(500)]; os._exit(3)';
    const ended = await python(sandbox, source, {outputBytes: 100});
    expect(ended).toMatchObject({
      exitCode: 3,
      stopReason: 'none',
      stdoutBytes: 500_000,
      stderrBytes: 50,
      isStdoutTruncated: true,
      isStderrTruncated: false,
    });
    expect([ended.stdout, ended.stderr]).toEqual(['x'.repeat(100), 'e'.repeat(50)]);
  });

  it('does not call output of exactly the limit truncated', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, 'printf 12345', {outputBytes: 5, stopAtOutputLimit: true});
    expect(ended).toMatchObject({exitCode: 0, stopReason: 'none', isStdoutTruncated: false, stdout: '12345'});
  });

  it('ends a program at the output limit when asked to', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, 'yes', {outputBytes: 10_000, stopAtOutputLimit: true});
    expect(ended).toMatchObject({signal: 'SIGKILL', stopReason: 'output-limit', isStdoutTruncated: true});
    expect(ended.stdout).toHaveLength(10_000);
  });

  it('bounds a single file', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, 'exec head -c 3000000 /dev/zero > file', {fileBytes: MIB});
    expect(ended).toMatchObject({signal: 'SIGXFSZ', isFileLimitReached: true, isDiskFull: false});
    const {entries} = await sandbox.listFiles('', {maxEntries: 9, maxDepth: 1});
    expect(entries).toMatchObject([{path: 'file', sizeBytes: MIB}]);
  });

  itWith(setup, 'shared-disk')('bounds all writable places together, in bytes', async () => {
    await using sandbox = await test.sandbox({diskBytes: 8 * MIB});
    const script =
      'head -c 5M /dev/zero > /tmp/a; head -c 5M /dev/zero > /dev/shm/b || { du -cb /tmp/a /dev/shm/b | tail -1; exit 9; }';
    const ended = await shell(sandbox, script);
    expect(ended).toMatchObject({exitCode: 9, isDiskFull: true, isInodesFull: false});
    expect(Number.parseInt(ended.stdout, 10)).toBeLessThanOrEqual(8 * MIB);
    expect(ended.diskUsedBytes).toBeGreaterThan(7 * MIB);
  });

  itWith(setup, 'inodes')('bounds the number of files', async () => {
    await using sandbox = await test.sandbox({diskBytes: 4 * MIB});
    const source = `
import errno
try:
    for i in range(10**6): open(f'/tmp/{i}', 'w').close()
except OSError as error:
    print(errno.errorcode[error.errno]); raise SystemExit(9)`;
    const ended = await python(sandbox, source);
    expect(ended).toMatchObject({exitCode: 9, stdout: 'ENOSPC\n', isInodesFull: true});
  });

  itWith(setup, 'memory')(
    'sets other limits on a fresh sandbox before it is used, to more or to less',
    async () => {
      const firstDiskBytes = setup.lacks.includes('disk-resize') ? 32 * MIB : 4 * MIB;
      const smallDiskBytes = setup.lacks.includes('disk-resize') ? LIMITS.diskBytes : 4 * MIB;
      await using sandbox = await test.sandbox({
        memoryBytes: 64 * MIB,
        diskBytes: firstDiskBytes,
        processes: 4,
      });
      await sandbox.configure({memoryBytes: 192 * MIB, diskBytes: 32 * MIB, processes: 20, cpuCount: 1});
      const more = await shell(
        sandbox,
        './allocate 150 && head -c 20M /dev/zero > f && (sleep 0.1 & sleep 0.1 & sleep 0.1 & sleep 0.1 & wait)',
        {
          files: [compiledProgram('allocate')],
        },
      );
      expect(more).toMatchObject({exitCode: 0, oomKills: 0, forksRefused: 0});
      await using small = await test.sandbox({memoryBytes: 192 * MIB});
      await small.configure({memoryBytes: 32 * MIB, diskBytes: smallDiskBytes, processes: 4, cpuCount: 1});
      expect(
        (await runIn(small, ['./allocate', '100'], {files: [compiledProgram('allocate')]})).oomKills,
      ).toBeGreaterThan(0);
    },
  );
}
