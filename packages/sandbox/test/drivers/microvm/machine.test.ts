import {readFileSync, readlinkSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {release} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import type {Driver, Sandbox} from '@sandglass/sandbox';
import {afterAll, beforeAll, expect, it, vi} from 'vitest';
import {command} from '../../support/command.ts';
import {runIn, shell} from '../../support/run-in.ts';
import {describeWithMachines, startedMicrovmDriver} from './support/microvm-setup.ts';
import {microvmTraces, monitorsOf} from './support/microvm-traces.ts';

const LIMITS = {memoryBytes: 128 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const MIB = 1024 * 1024;
/** Of the gigabyte; all of it takes ten seconds without KVM. */
const FILE_MIB = process.env.SANDGLASS_TEST_FULL === '1' ? 1000 : 200;
const PARKED_AFTER_MS = 1_000;

/** Whether guests run by themselves decides how far clocks may be apart when a program looks at them. */
const START_MS = 5_000;

describeWithMachines('a microVM', () => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await startedMicrovmDriver();
  });
  afterAll(async () => {
    await driver.close();
    expect(microvmTraces(process.pid)).toEqual([]);
  });

  const sandbox = (): Promise<Sandbox> =>
    driver.create({image: 'host', network: 'none'}, LIMITS, {signal: undefined});

  it('runs another kernel than the host, and says so', async () => {
    await using own = await sandbox();
    const {stdout} = await shell(own, 'uname -r; cat /proc/cpuinfo | grep -c ^processor');
    expect(stdout).not.toContain(release());
    expect(stdout).toMatch(/\n1\n$/);
    expect(driver.isolation.enforced).toEqual(
      expect.arrayContaining(['virtual-machine', 'monitor-seccomp', 'seccomp', 'memory']),
    );
  });

  it('shares no random number, boot id or clock with another one of its template', async () => {
    await using first = await sandbox();
    await using second = await sandbox();
    const script =
      'head -c 16 /dev/urandom | od -An -tx1; cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid; date +%s%3N';
    const [one, two] = await Promise.all([shell(first, script), shell(second, script)]);
    const [numbers, bootId, uuid, clock] = one.stdout.split('\n');
    const others = two.stdout.split('\n');
    expect(numbers).toMatch(/^( [0-9a-f]{2}){16}$/);
    expect(others[0]).not.toBe(numbers);
    expect(others[2]).not.toBe(uuid);
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(others[1]).not.toBe(bootId);
    expect(Math.abs(Number(clock) - Date.now())).toBeLessThan(START_MS);
  });

  it('may use all the memory and all the disk that a limit can ask for', async () => {
    const limits = {...LIMITS, memoryBytes: 1024 * MIB, diskBytes: 1024 * MIB};
    await using own = await driver.create({image: 'host', network: 'none'}, limits, {signal: undefined});
    const source = [
      'memory = bytearray(900 << 20)',
      'for at in range(0, len(memory), 4096): memory[at] = 1',
      `with open("/work/file", "wb") as file: [file.write(memory[: 1 << 20]) for _ in range(${FILE_MIB})]`,
      'print(sum(memory[::4096]))',
    ].join('\n');
    const ended = await runIn(own, ['python3', '-I', '-S', '-c', source], {
      wallTimeMs: 120_000,
      cpuTimeMs: 120_000,
    });
    expect(ended).toMatchObject({stdout: `${(900 << 20) / 4096}\n`, oomKills: 0, isDiskFull: false});
  });

  it('starts with common runtimes in its memory, so that the first of them is read from no disk', async () => {
    await using own = await sandbox();
    // Pages that had to be fetched from somewhere: field 12 (proc_pid_stat(5)).
    const script = 'print(open("/proc/self/stat").read().rpartition(")")[2].split()[9])';
    const first = await runIn(own, ['python3', '-c', script], {wallTimeMs: 0});
    expect(first).toMatchObject({exitCode: 0, stdout: '0\n'});
  });

  it('costs nothing while it waits in stock, and has the right time when it is used', async () => {
    await using parked = await sandbox();
    await using _another = await sandbox();
    const [pid] = monitorsOf(process.pid);
    await delay(PARKED_AFTER_MS);
    await vi.waitFor(
      async () => {
        const before = cpuTicks(pid ?? 0);
        await delay(500);
        expect(cpuTicks(pid ?? 0)).toBe(before);
      },
      {timeout: 20_000},
    );
    const startedAt = Date.now();
    const {stdout} = await shell(parked, 'date +%s%3N');
    expect(Number(stdout)).toBeGreaterThanOrEqual(startedAt - 1);
    expect(Number(stdout)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('is run by a process without rights: own user, no capability, no way to gain one, filtered calls, empty network', async () => {
    await using first = await sandbox();
    await using second = await sandbox();
    expect(first.id).not.toBe(second.id);
    const pids = monitorsOf(process.pid);
    expect(pids.length).toBe(2);
    const users = pids.map((pid) => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(status).toContain(`${set}:\t0000000000000000\n`);
      expect(status).toContain('NoNewPrivs:\t1\n');
      expect(status).toMatch(/Seccomp:\t2\n/);
      expect(status).toMatch(/Groups:\t\s*\n/);
      expect(readlinkSync(`/proc/${pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('');
      const ids = /Uid:\t(\d+)\t\1\t\1\t\1\n/.exec(status);
      return Number(ids?.[1]);
    });
    for (const user of users) expect(user).toBeGreaterThan(0x2000_0000);
    expect(new Set(users).size).toBe(2);
  });

  it('cannot change the memory that all machines of its template start from', async () => {
    await using _own = await sandbox();
    const [pid] = monitorsOf(process.pid);
    // Even root, who may open the file again for writing, is refused by its seals.
    await using memory = await open(`/proc/${pid}/fd/7`, 'r+');
    await expect(memory.write(Buffer.from('poison'), 0, 6, 4096)).rejects.toMatchObject({code: 'EPERM'});
    await expect(memory.truncate(0)).rejects.toMatchObject({code: 'EPERM'});
  });

  it('refuses more memory than its machines have, and a core of its own', async () => {
    await using own = await sandbox();
    const tooMuch = {...LIMITS, memoryBytes: 64 * 1024 * 1024 * 1024};
    await expect(own.configure(tooMuch)).rejects.toThrow(/68719476736 bytes of memory/);
    expect((await shell(own, 'echo unharmed')).stdout).toBe('unharmed\n');
  });

  it('ends with sandbox-lost when its monitor is killed in the middle of a run, and leaves nothing', async () => {
    await using lost = await sandbox();
    const [pid] = monitorsOf(process.pid);
    const execution = lost.exec(command(['sleep', '1000'], {wallTimeMs: 0}));
    await execution.started;
    // 0 would be everybody's group, Vitest's included.
    if (pid === undefined) throw new Error('The machine has no monitor.');
    process.kill(pid, 'SIGKILL');
    await expect(execution.exited).rejects.toMatchObject({code: 'sandbox-lost'});
    await lost.destroy();
    expect(lost.gone.aborted).toBe(true);
    expect(microvmTraces(process.pid)).toEqual([]);
    await using next = await sandbox();
    expect((await shell(next, 'echo next')).stdout).toBe('next\n');
  });
});

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
