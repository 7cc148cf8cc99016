import {readFileSync} from 'node:fs';
import type {LinuxDriver, SandboxLimits} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {compiledProgram} from '../../support/compiled-program.ts';
import {runIn, shell} from '../../support/run-in.ts';
import {LACKING, startedLinuxDriver} from './support/linux-setup.ts';
import {descendants, programOf} from './support/linux-traces.ts';

const MIB = 1024 * 1024;
const KIND = {image: 'host', network: 'none'} as const;
const LIMITS: SandboxLimits = {memoryBytes: 256 * MIB, processes: 64, cpuCount: 2, diskBytes: 128 * MIB};

let driver: LinuxDriver;
beforeAll(async () => {
  driver = await startedLinuxDriver();
});
afterAll(() => driver.close());

const create = () => driver.create(KIND, LIMITS, {signal: undefined});

/** Agents of this process's launcher: all are called by the program's name, a sealed copy in memory. */
function agents(): number[] {
  const launchers = descendants(process.pid).filter((pid) => programOf(pid)?.endsWith('/sandglass-launcher'));
  return launchers
    .flatMap(descendants)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--stream'));
}

// Without control groups of its own, an ordinary user's sandbox is charged by other means.
describe.skipIf(LACKING.includes('cpu'))('the cpu time of a program', () => {
  it('is at most what the kernel charged to its sandbox, for a trivial program and for a busy one', async () => {
    for (const argv of [['./print-hello'], ['./spin', '2']]) {
      await using sandbox = await create();
      const files = [compiledProgram(argv[0]?.slice(2) ?? '')];
      const {cpuTimeMs} = await runIn(sandbox, argv, {files, wallTimeMs: 300});
      const charged = await sandbox.destroy();
      expect(cpuTimeMs).toBeGreaterThan(0);
      expect(cpuTimeMs).toBeLessThanOrEqual(charged.cpuTimeMs);
    }
  });

  it('holds nothing of what the agent does for it', async () => {
    await using sandbox = await create();
    const content = Buffer.alloc(16 * MIB, 'x');
    for (const path of ['a', 'b', 'c', 'd']) await sandbox.writeFiles([{path, content}]);
    await sandbox.readFile('a', {maxBytes: content.length});
    // Nothing was run in it: the group of its programs was never charged, however busy the agent was.
    expect((await sandbox.destroy()).cpuTimeMs).toBe(0);
  });

  it('is counted in a control group that the agent is not in', async () => {
    await using sandbox = await create();
    const own = await shell(sandbox, 'cat /proc/self/cgroup');
    expect(own.exitCode).toBe(0);
    const found = agents();
    expect(found).toHaveLength(1);
    for (const pid of found) {
      const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      expect(groups).toContain('/agents');
      expect(groups).not.toMatch(/\/sb-\d+/);
    }
  });
});
