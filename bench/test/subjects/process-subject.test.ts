import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openPeer, type PeerSetup} from '../../subjects/open-peer.ts';
import {BY_HAND, ProcessSubject} from '../../subjects/process-subject.ts';
import {buildSpawnTimer, type SpawnTimer} from '../../subjects/spawn-timer.ts';
import {docker, isolate} from '../../subjects/wrappings.ts';
import {type WorkloadId, workloads} from '../../workloads.ts';

let folder: string;
let timer: SpawnTimer;
let setup: PeerSetup;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandglass-bench-test-'));
  timer = await buildSpawnTimer(folder);
  setup = {folder, timer, nodePath: process.execPath, path: '/usr/bin:/bin'};
});
afterAll(() => rm(folder, {recursive: true}));

function workload(id: WorkloadId) {
  const found = workloads(process.execPath).find((each) => each.id === id);
  if (found === undefined) throw new RangeError(id);
  return found;
}

describe('a program that is started by hand', () => {
  it('is built once and timed at each start, with the processor time that it used', async () => {
    await using subject = new ProcessSubject(BY_HAND, {folder, timer});
    const start = await subject.prepare(workload('c'));
    const {timesMs, cpuMs} = await start(5);
    expect(timesMs).toHaveLength(5);
    expect(Math.min(...timesMs)).toBeGreaterThan(0);
    expect(cpuMs).toBeGreaterThan(0);
    expect(cpuMs).toBeLessThan(timesMs.reduce((sum, each) => sum + each, 0) * 2);
  });

  it('is compiled each time where compiling is measured, and reads its input', async () => {
    await using subject = new ProcessSubject(BY_HAND, {folder, timer});
    const cpp = {
      ...workload('cpp'),
      code: '#include <cstdio>\nint main() { int a, b; if (scanf("%d %d", &a, &b) != 2) return 1; printf("%d\\n", a + b); }\n',
    };
    const start = await subject.prepare(cpp);
    const {cpuMs} = await start(2);
    // No compiler does its work in less, and the program itself needs a tenth of it.
    expect(cpuMs).toBeGreaterThan(20);
  });

  it('is not measured when it prints something else, or fails', async () => {
    await using subject = new ProcessSubject(BY_HAND, {folder, timer});
    await expect(subject.prepare({...workload('python'), expected: 'goodbye\n'})).rejects.toThrow(
      /got "hello\\n"/,
    );
    await expect(subject.prepare({...workload('python'), code: 'raise SystemExit(3)'})).rejects.toThrow();
    await expect(timer({commands: [['/bin/false']], folder, stdinFile: '/dev/null'}, 1)).rejects.toThrow(
      /exit code 0/,
    );
  });

  it('runs as often as it can under xargs', async () => {
    await using subject = new ProcessSubject(BY_HAND, {folder, timer});
    expect(await subject.throughput(workload('c'), {clients: 2, durationMs: 50})).toBeGreaterThan(1);
  });

  it('is charged for children that outlive the process which was waited for', async () => {
    const burn = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
    const commands = [['/bin/sh', '-c', `(${burn}) & exit 0`]];
    const {cpuMs} = await timer({commands, folder, stdinFile: '/dev/null'}, 1);
    expect(cpuMs).toBeGreaterThan(20);
  });
});

describe('bubblewrap', () => {
  const isHere = existsSync('/usr/bin/bwrap');
  if (!isHere)
    process.stderr.write(
      'SKIPPED: the bwrap adapter of the benchmark, because /usr/bin/bwrap is missing (apt-get install bubblewrap).\n',
    );

  it.skipIf(!isHere)('runs workloads without the host around them', async () => {
    const peer = await openPeer({kind: 'bwrap'}, setup);
    if (peer.kind === 'missing') throw new Error(peer.remedy);
    await using subject = peer.subject;
    for (const id of ['python', 'c', 'node'] as const) {
      const {timesMs, cpuMs} = await (await subject.prepare(workload(id)))(2);
      expect(timesMs).toHaveLength(2);
      expect(cpuMs).toBeGreaterThan(0);
    }
    const spy = {
      ...workload('python'),
      code: 'import os; print("hello" if not os.path.exists("/root") and os.getpid() < 5 else "host")',
    };
    await subject.prepare(spy);
  });
});

describe('peers that are started as processes', () => {
  it('are named with how to get them when they are not there', async () => {
    for (const kind of ['bwrap', 'isolate', 'docker'] as const) {
      const peer = await openPeer({kind}, {...setup, path: folder});
      expect(peer).toMatchObject({
        kind: 'missing',
        name: kind,
        remedy: expect.stringMatching(/^not in PATH; /),
      });
    }
    const server = await openPeer({kind: 'piston', url: 'http://127.0.0.1:1'}, setup);
    expect(server).toMatchObject({
      kind: 'missing',
      name: 'piston',
      remedy: expect.stringContaining('--peer piston=URL'),
    });
  });

  it('use isolate as its manual says: a box is made, runs one program, and is cleaned up', () => {
    const commands = isolate('/usr/bin/isolate', '/node').wrap(['/usr/bin/true'], '/here');
    expect(
      commands.map((command) => command.find((word) => ['--init', '--run', '--cleanup'].includes(word))),
    ).toEqual(['--init', '--run', '--cleanup']);
    expect(new Set(commands.map(([, box]) => box))).toHaveProperty('size', 1);
    expect(commands[1]?.slice(-3)).toEqual(['--run', '--', '/usr/bin/true']);
    expect(commands[1]).toContain('--dir=/here:rw');
  });

  it('use docker without a network, with a container that is removed after its run', () => {
    const [command = []] = docker('/usr/bin/docker', 'image', '/node', () => true).wrap(
      ['/usr/bin/true'],
      '/here',
    );
    expect(command.slice(0, 4)).toEqual(['/usr/bin/docker', 'run', '--rm', '-i']);
    expect(command).toContain('--network=none');
    expect(command.slice(-2)).toEqual(['image', '/usr/bin/true']);
  });
});
