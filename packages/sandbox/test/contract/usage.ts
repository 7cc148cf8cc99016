import {expect, it} from 'vitest';
import {compiledProgram} from '../support/compiled-program.ts';
import {python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith} from './driver-under-test.ts';

const MIB = 1024 * 1024;

/** Measurements are the program's own, and plausible. */
export function describeUsage(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('measures the cpu time of all processes, ended ones included', async () => {
    await using sandbox = await test.sandbox();
    const source = `
import os, time
def burn(seconds):
    start = time.process_time()
    while time.process_time() - start < seconds: pass
if os.fork() == 0:
    burn(0.2); os._exit(0)
os.wait(); burn(0.2)`;
    const ended = await python(sandbox, source);
    expect(ended.cpuTimeMs).toBeGreaterThan(390);
    expect(ended.cpuTimeMs).toBeLessThan(400 + 200 * test.slowdown);
    expect(ended.wallTimeMs).toBeGreaterThan(390);
  });

  it('measures the peak of memory, not what is left at the end', async () => {
    await using sandbox = await test.sandbox();
    const ended = await runIn(sandbox, ['./allocate', '50'], {files: [compiledProgram('allocate')]});
    expect(ended.memoryPeakBytes).toBeGreaterThan(50 * MIB);
    expect(ended.memoryPeakBytes).toBeLessThan(60 * MIB);
  });

  itWith(
    setup,
    'memory',
    'memory-peak-reset',
  )('measures each program of a sandbox for itself', async () => {
    await using sandbox = await test.sandbox();
    const first = await runIn(sandbox, ['./allocate', '80'], {files: [compiledProgram('allocate')]});
    const second = await shell(sandbox, 'true');
    expect(first.memoryPeakBytes).toBeGreaterThan(80 * MIB);
    expect(second.memoryPeakBytes).toBeLessThan(40 * MIB);
    expect(second.cpuTimeMs).toBeLessThan(100 * test.slowdown);
  });

  itWith(setup, 'cpu-accounting')('charges almost nothing to a trivial program', async () => {
    await using sandbox = await test.sandbox();
    const ended = await runIn(sandbox, ['./print-hello'], {files: [compiledProgram('print-hello')]});
    expect(ended.cpuTimeMs).toBeLessThan(20 * test.slowdown);
    expect(ended.wallTimeMs).toBeLessThan(200 * test.slowdown);
    expect(ended.memoryPeakBytes).toBeLessThan(8 * MIB);
    expect(ended).toMatchObject({processesPeak: 1, oomKills: 0, forksRefused: 0, stdoutBytes: 6});
  });

  it('counts processes at their most', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(sandbox, 'for i in 1 2 3 4 5; do sleep 0.2 & done; wait');
    expect(ended.processesPeak).toBeGreaterThanOrEqual(5);
    expect(ended.processesPeak).toBeLessThanOrEqual(8);
  });

  it('measures what is stored at the end', async () => {
    await using sandbox = await test.sandbox();
    const ended = await shell(
      sandbox,
      'head -c 3M /dev/zero > kept; head -c 9M /dev/zero > removed; rm removed',
    );
    expect(ended.diskUsedBytes).toBeGreaterThanOrEqual(3 * MIB);
    expect(ended.diskUsedBytes).toBeLessThan(4 * MIB);
  });

  itWith(setup, 'cpu')('tells the usage of the whole sandbox when it is destroyed', async () => {
    const sandbox = await test.sandbox();
    await runIn(sandbox, ['./allocate', '50'], {files: [compiledProgram('allocate')]});
    await shell(sandbox, 'true');
    const usage = await sandbox.destroy();
    expect(usage.cpuTimeMs).toBeGreaterThan(1);
    expect(usage.oomKills).toBe(0);
  });
}
