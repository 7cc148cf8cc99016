import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {compiledProgram} from '../support/compiled-program.ts';
import {collector, python, runIn, shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, type Lack, LIMITS} from './driver-under-test.ts';

const MIB = 1024 * 1024;

/**
 * What a driver gives in place of a promise that it lacks by its nature, so that a difference is something known: each is a test that would fail if
 * the level gave nothing at all, or had the promise after all.
 */
export function describeDifferences(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);
  const itWithout = (lack: Lack) => it.runIf(setup.lacks.includes(lack));

  it('are said by those that have them only', () => {
    expect(new Set(setup.lacks).size).toBe(setup.lacks.length);
  });

  itWithout('shared-disk')('bounds each writable place by itself', async () => {
    await using sandbox = await test.sandbox({diskBytes: 8 * MIB});
    const fill = (place: string, size: string): string =>
      `head -c ${size} /dev/zero > ${place}/f 2>/dev/null && echo ${place} ${size} || echo ${place} full; rm -f ${place}/f`;
    const script = ['/work', '/tmp', '/dev/shm'].flatMap((place) => [fill(place, '7M'), fill(place, '9M')]);
    const {stdout} = await shell(sandbox, script.join('; '));
    expect(stdout).toBe('/work 7M\n/work full\n/tmp 7M\n/tmp full\n/dev/shm 7M\n/dev/shm full\n');
  });

  itWithout('disk-resize')('keeps the disk that it was made with, and refuses another', async () => {
    await using sandbox = await test.sandbox({diskBytes: 8 * MIB});
    expect(test.driver.fixedLimits).toContain('diskBytes');
    await expect(sandbox.configure({...LIMITS, diskBytes: 16 * MIB})).rejects.toMatchObject({
      code: 'isolation-failed',
    });
  });

  itWithout('pids')('bounds processes by their user, though refusals are not counted', async () => {
    await using sandbox = await test.sandbox({processes: 8});
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all';
    const ended = await shell(sandbox, script, {processes: 8});
    expect(ended.stdout).not.toBe('all\n');
    expect(ended.stderr).toMatch(/fork|Resource temporarily unavailable/);
    expect(ended.forksRefused).toBe(0);
  });

  itWithout('inodes')('bounds files by the memory that they take', async () => {
    await using sandbox = await test.sandbox({diskBytes: MIB});
    const made = 'i=0; while [ $i -lt 3000 ]; do : > /tmp/$i || exit 9; i=$((i + 1)); done; echo made';
    expect(await shell(sandbox, made, {wallTimeMs: 60_000})).toMatchObject({
      stdout: 'made\n',
      isInodesFull: false,
    });
  });

  itWithout('statx')('fails a call that some tools make, and answers those that runtimes make', async () => {
    await using sandbox = await test.sandbox();
    expect((await shell(sandbox, 'stat /work')).stderr).toContain('Invalid argument');
    const source = 'import os; print(os.stat("/work").st_mode & 0o777 > 0, os.listdir("/work"))';
    expect((await runIn(sandbox, ['python3', '-I', '-S', '-c', source])).stdout).toBe('True []\n');
  });

  itWithout('terminal-signals')('lets a program on a terminal be ended by signals from outside', async () => {
    await using sandbox = await test.sandbox();
    const printed = collector();
    const execution = sandbox.exec(
      command(['sh', '-c', 'echo ready; exec sleep 100'], {
        terminal: {columns: 90, rows: 30},
        wallTimeMs: 0,
        onOutput: printed.onOutput,
      }),
    );
    await test.eventually(() => expect(printed.texts().terminal).toContain('ready'));
    execution.signal('SIGTERM', 'all');
    expect(await execution.exited).toMatchObject({signal: 'SIGTERM', stopReason: 'none'});
  });

  itWithout('bare-root')('shows a /sys in which nothing of the host can be read', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(
      sandbox,
      // gVisor tells there how many processors there are, as nproc does everywhere, and of its own loopback interface.
      'for d in block bus class dev devices firmware kernel module power; do find /sys/$d -type f 2>/dev/null; done | grep -v -e ^/sys/devices/system/cpu/ -e ^/sys/class/net/lo/ | head -3; echo looked',
    );
    expect(stdout).toBe('looked\n');
  });

  itWithout('agent-proc')('gives no way to the agent by what it shows of it', async () => {
    await using sandbox = await test.sandbox();
    const source = `
import os, stat
def reached(path, flags):
    try: return os.open(path, flags | os.O_NONBLOCK)
    except OSError: return None
print([word for word in open('/proc/1/environ').read().split('\\0') if word not in ('', 'HOME=/')])
for path in ['mem', 'root/etc', 'cwd/x', 'task/1/mem']:
    if reached('/proc/1/' + path, os.O_RDONLY) is not None: print(path)
# The stream to the worker is a socket, and it is there.
sockets = 0
for fd in os.listdir('/proc/1/fd'):
    sockets += os.readlink('/proc/1/fd/' + fd) == os.readlink('/proc/1/fd/1')
    for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR):
        found = reached('/proc/1/fd/' + fd, flags)
        if found is not None and stat.S_ISSOCK(os.fstat(found).st_mode): print('the stream', fd)
try: os.kill(1, 9); print('killed')
except OSError: pass
print(sockets)`;
    expect((await python(sandbox, source)).stdout).toBe('[]\n1\n');
  });

  itWithout('device-nodes')('makes device nodes that lead to no device of the host', async () => {
    await using sandbox = await test.sandbox();
    // Memory, ports, the kernel's log, tunnels, and disks of every usual kind.
    const nodes = [
      'c 1 1',
      'c 1 2',
      'c 1 4',
      'c 1 11',
      'c 10 200',
      'b 8 0',
      'b 7 0',
      'b 252 0',
      'b 254 0',
      'b 259 0',
    ];
    const attempts = nodes.flatMap((node, at) =>
      ['/tmp', '/work', '/dev/shm'].map(
        (place) =>
          `mknod ${place}/n${at} ${node} 2>/dev/null && head -c 1 ${place}/n${at} 2>/dev/null && echo ${node}`,
      ),
    );
    const {stdout} = await shell(sandbox, [...attempts, 'echo tried'].join('; '));
    expect(stdout).toBe('tried\n');
  });

  itWithout('cpu-accounting')(
    'measures processor time by its own clock, near enough to tell work from waiting',
    async () => {
      await using sandbox = await test.sandbox();
      const files = [compiledProgram('spin')];
      const busy = await runIn(sandbox, ['./spin', '1'], {files, wallTimeMs: 1000, cpuTimeMs: 0});
      const waiting = await shell(sandbox, 'sleep 1');
      // The machine may give it less than a whole core; what it is charged with comes from no other place.
      expect(busy.cpuTimeMs).toBeGreaterThan(100);
      expect(busy.cpuTimeMs).toBeLessThanOrEqual(busy.wallTimeMs + 100);
      expect(waiting.cpuTimeMs).toBeLessThan(busy.cpuTimeMs);
    },
  );

  itWithout('memory-peak-reset')(
    'tells the memory peak of the first program, and of each later one no less than it took',
    async () => {
      await using sandbox = await test.sandbox();
      const peakOf = async (mebibytes: number): Promise<number> =>
        (
          await runIn(sandbox, ['./allocate', String(mebibytes)], {
            files: [compiledProgram('allocate')],
          })
        ).memoryPeakBytes / MIB;
      const first = await peakOf(60);
      expect(first).toBeGreaterThan(60);
      expect(first).toBeLessThan(70);
      const smaller = await peakOf(30);
      expect(smaller).toBeGreaterThan(30);
      expect(smaller).toBeLessThanOrEqual(first);
      const larger = await peakOf(90);
      expect(larger).toBeGreaterThan(90);
      expect(larger).toBeLessThan(100);
    },
  );

  itWithout('nosuid-mounts')('gives a set-user-id program no other user', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(sandbox, 'cp /usr/bin/id i; chmod 6755 i; ./i -u; id -u');
    const [own, other] = stdout.split('\n');
    expect(own).toMatch(/^[1-9]\d*$/);
    expect(own).toBe(other);
  });
}
