import {type ChildProcess, execFile, execFileSync, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {canRun} from '../../../../images/test/support/needs.ts';
import {nativeBuild} from '../../support/native-build.ts';

const CAN_RUN = canRun('the suite of networks with every address', ['ip', 'unshare', 'nsenter'], {
  isRootNeeded: true,
});
const PROGRAM = join(nativeBuild(), 'sandglass-loopback');
const CGROUPS = existsSync('/sys/fs/cgroup/pids') ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';

describe.skipIf(!CAN_RUN)('A network with every address', () => {
  /** As a daemon names a container's cgroup. */
  let id: string;
  let children: ChildProcess[];
  beforeEach(() => {
    id = randomBytes(32).toString('hex');
    children = [];
    mkdirSync(join(CGROUPS, id));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await vi.waitFor(() => rmdirSync(join(CGROUPS, id)), {timeout: 10_000});
  });

  /** Its first process, in a cgroup of that name. */
  const start = async (script: string, isOwn = true): Promise<number> => {
    const argv = [...(isOwn ? ['unshare', '--net'] : []), 'sh', '-c', `${script}; exec sleep 1000`];
    const child = spawn(argv[0] ?? '', argv.slice(1), {stdio: 'ignore'});
    children.push(child);
    const pid = child.pid ?? 0;
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n'), {
      timeout: 10_000,
    });
    writeFileSync(join(CGROUPS, id, 'cgroup.procs'), String(pid));
    return pid;
  };
  const become = (pid: number | string, container: string) =>
    promisify(execFile)(PROGRAM, ['join', String(pid), container]);
  const routes = (pid: number): string =>
    execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', 'route', 'show', 'table', 'local'], {
      encoding: 'utf8',
    });

  it('is given to a container that has a loopback interface only, also where it has a tunnel that is down', async () => {
    const pid = await start('ip link set lo up; ip link add name other type dummy 2>/dev/null || true');
    await become(pid, id);
    for (const network of ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3'])
      expect(routes(pid)).toContain(`local ${network} dev lo`);
  });

  it('is not given to the network of the worker, whatever the process is said to be', async () => {
    const before = execFileSync('ip', ['route', 'show', 'table', 'local'], {encoding: 'utf8'});
    const pid = await start('true', false);
    expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'));
    await expect(become(pid, id)).rejects.toThrow(/tell the container's network from this one/);
    expect(execFileSync('ip', ['route', 'show', 'table', 'local'], {encoding: 'utf8'})).toBe(before);
  });

  it('is not given to a process of another container, as after the end of the one that had its number', async () => {
    const pid = await start('ip link set lo up');
    await expect(become(pid, randomBytes(32).toString('hex'))).rejects.toThrow(/in the container/);
    expect(routes(pid)).not.toContain('local 0.0.0.0/1');
  });

  it('is not given to a container that has a way out', async () => {
    const pid = await start(
      'ip link set lo up; ip link add name out0 type veth peer name out1; ip link set out0 up',
    );
    await expect(become(pid, id)).rejects.toThrow(/nothing but a loopback interface/);
    expect(routes(pid)).not.toContain('local 0.0.0.0/1');
  });

  it.each([
    ['a process that is no number', '1/../self', '0'.repeat(64)],
    ['a process that is not there', '4194999', '0'.repeat(64)],
    ['a container with so short a name that others have it too', '1', 'a'],
    ['a container with a name that is none', '1', '/'.repeat(64)],
  ])('is not given to %s', async (_title, pid, container) => {
    await expect(become(pid, container)).rejects.toMatchObject({code: 125});
  });

  it('is one of its own for what is started in it, and leads nowhere', () => {
    const inside = execFileSync(PROGRAM, ['run', 'ip', '-o', '-4', 'address'], {encoding: 'utf8'});
    expect(inside).toMatch(/127\.0\.0\.1\/8.*\n.*1\.0\.0\.1\/1.*\n.*128\.0\.0\.1\/2.*\n.*192\.0\.0\.1\/3/);
    expect(inside.split('\n').filter((line) => line !== '' && !/^\d+: lo /.test(line))).toEqual([]);
    expect(execFileSync(PROGRAM, ['run', 'ip', 'route'], {encoding: 'utf8'})).toBe('');
  });
});
