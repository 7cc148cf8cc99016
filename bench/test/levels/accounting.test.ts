import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {Accounting} from '../../levels/accounting.ts';

/** Some tenths of a second; a shell needs microseconds for each. */
const TURNS = 200_000;
const BUSY_MS = 50;

/** Burns processor time in a grandchild whose parent has ended: nobody waits for it. Says when it is done, and stays. */
function startOrphan(accounting: Accounting): ChildProcess {
  const burn = `i=0; while [ $i -lt ${TURNS} ]; do i=$((i + 1)); done; echo; exec sleep 600`;
  accounting.enter();
  try {
    return spawn('/bin/sh', ['-c', `(${burn}) &`], {stdio: ['ignore', 'pipe', 'inherit']});
  } finally {
    accounting.leave();
  }
}

describe.skipIf(process.getuid?.() !== 0)('the accounting of a worker', () => {
  it("counts what is nobody's child any more, and leaves no group", async () => {
    const groups = () =>
      ['/sys/fs/cgroup', '/sys/fs/cgroup/cpuacct']
        .filter((path) => existsSync(path))
        .flatMap((path) => readdirSync(path))
        .filter((name) => name.startsWith(`sandglass-bench-${process.pid}-`));
    {
      await using accounting = Accounting.open('test');
      if (accounting === null) throw new Error('Root can make control groups here.');
      expect(groups()).not.toEqual([]);
      const before = accounting.cpuMs();
      const orphan = startOrphan(accounting);
      if (orphan.stdout === null) throw new Error('It has no output.');
      await once(orphan.stdout, 'data');
      const pids = accounting.pids();
      expect(pids).toHaveLength(1);
      expect(accounting.cpuMs() - before).toBeGreaterThanOrEqual(BUSY_MS);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await expect.poll(() => accounting.pids()).toEqual([]);
    }
    expect(groups()).toEqual([]);
  });
});
