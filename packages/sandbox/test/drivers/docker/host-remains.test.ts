import {type ChildProcess, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {endRemains} from '../../../src/drivers/docker/host-remains.ts';

const NOBODY = 65_534;
const CGROUP_PARENTS = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'];
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('Tests of what a daemon leaves do not run: they need root.\n');

describe.runIf(isRoot)('what a daemon left of a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sg-remains-'));
  const started: ChildProcess[] = [];

  beforeAll(() => {
    chmodSync(folder, 0o755);
    for (const name of ['containerd-shim-runc-v2', 'other']) copyFileSync('/bin/sh', join(folder, name));
  });
  afterAll(async () => {
    await Promise.all(started.map(ended));
    rmSync(folder, {recursive: true});
  });

  /** A program of this name that waits, with a child that waits as well. */
  async function start(name: string, containerId: string, uid = 0): Promise<ChildProcess> {
    const script = 'sleep 1000 & echo ready; wait';
    const args = ['-c', script, name, '-namespace', 'moby', '-id', containerId];
    const child = spawn(join(folder, name), args, {
      ...{uid, gid: uid, detached: true},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    await once(child.stdout ?? child, 'data');
    return child;
  }

  async function ended(child: ChildProcess): Promise<void> {
    if (!isAlive(child)) return;
    const exit = once(child, 'exit');
    // With its child.
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await exit;
  }

  function isAlive({exitCode, signalCode}: ChildProcess): boolean {
    return exitCode === null && signalCode === null;
  }

  it('is ended with all that it holds: a shim and its children', async () => {
    const id = randomId();
    const shim = await start('containerd-shim-runc-v2', id);
    const exit = once(shim, 'exit');
    // The shell and its sleep.
    expect(await endRemains([id])).toBe(2);
    expect((await exit)[1]).toBe('SIGKILL');
    expect(await endRemains([id])).toBe(0);
  });

  it('is ended in its cgroup, which goes as well', async () => {
    const id = randomId();
    const parent = CGROUP_PARENTS.find((path) => existsSync(join(path, 'cgroup.procs'))) ?? '';
    const top = join(parent, `sandglass-test-${id.slice(0, 8)}`);
    const cgroup = join(top, id);
    mkdirSync(cgroup, {recursive: true});
    try {
      const inside = spawn('sleep', ['1000'], {detached: true});
      started.push(inside);
      const exit = once(inside, 'exit');
      writeFileSync(join(cgroup, 'cgroup.procs'), String(inside.pid));
      const beside = spawn('sleep', ['1000'], {detached: true});
      started.push(beside);
      writeFileSync(join(top, 'cgroup.procs'), String(beside.pid));
      expect(await endRemains([id])).toBe(1);
      await exit;
      expect(existsSync(cgroup)).toBe(false);
      expect(isAlive(beside)).toBe(true);
      await ended(beside);
    } finally {
      await expect.poll(() => tryToRemove(top)).toBe(true);
    }
  });

  it('is not what another user or another program only says to be', async () => {
    const id = randomId();
    const pretenders = [
      // Whoever is neither root nor the worker's user.
      await start('containerd-shim-runc-v2', id, NOBODY),
      // No shim.
      await start('other', id),
      // The shim of a container that lives.
      await start('containerd-shim-runc-v2', randomId()),
    ];
    expect(await endRemains([id])).toBe(0);
    expect(pretenders.map(isAlive)).toEqual([true, true, true]);
  });
});

function randomId(): string {
  return randomBytes(32).toString('hex');
}

function tryToRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}
