import {expect, it} from 'vitest';
import {command} from '../support/command.ts';
import {collector, runIn, shell} from '../support/run-in.ts';
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
      'for d in block bus class dev devices firmware kernel module power; do ls /sys/$d 2>/dev/null; done | head -3; echo looked',
    );
    expect(stdout).toBe('looked\n');
  });

  itWithout('nosuid-mounts')('gives a set-user-id program no other user', async () => {
    await using sandbox = await test.sandbox();
    const {stdout} = await shell(sandbox, 'cp /usr/bin/id i; chmod 6755 i; ./i -u; id -u');
    const [own, other] = stdout.split('\n');
    expect(own).toMatch(/^[1-9]\d*$/);
    expect(own).toBe(other);
  });
}
