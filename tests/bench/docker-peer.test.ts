import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openPeer} from '../../bench/subjects/open-peer.ts';
import {buildSpawnTimer} from '../../bench/subjects/spawn-timer.ts';
import {workloads} from '../../bench/workloads.ts';
import {DockerDaemon, hasDocker} from '../../packages/sandbox/test/drivers/docker/support/docker-daemon.ts';

let daemon: DockerDaemon;
let folder: string;
const before = process.env.DOCKER_HOST;

describe.skipIf(!hasDocker)('docker as a peer of the benchmark', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandglass-bench-docker-'));
    daemon = await DockerDaemon.start();
    process.env.DOCKER_HOST = `unix://${daemon.socketPath}`;
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
    await daemon[Symbol.asyncDispose]();
    await rm(folder, {recursive: true});
  });

  it('runs workloads in containers of their own, and leaves neither container nor image', async () => {
    const timer = await buildSpawnTimer(folder);
    const path = process.env.PATH ?? '/usr/bin';
    const peer = await openPeer({kind: 'docker'}, {folder, timer, nodePath: process.execPath, path});
    if (peer.kind === 'missing') throw new Error(peer.remedy);
    {
      await using subject = peer.subject;
      for (const workload of workloads(process.execPath).filter(({id}) => id === 'python' || id === 'c')) {
        const {timesMs, cpuMs} = await (await subject.prepare(workload))(2);
        expect(timesMs).toHaveLength(2);
        expect(cpuMs).toBeGreaterThan(0);
      }
    }
    const {stdout} = await promisify(execFile)('/bin/sh', ['-c', 'docker ps -aq; docker images -q']);
    expect(stdout).toBe('');
  });

  it('is named as missing when its daemon does not answer', async () => {
    const timer = await buildSpawnTimer(folder);
    const own = process.env.DOCKER_HOST;
    process.env.DOCKER_HOST = `unix://${folder}/nobody.sock`;
    try {
      const setup = {folder, timer, nodePath: process.execPath, path: process.env.PATH ?? '/usr/bin'};
      expect(await openPeer({kind: 'docker'}, setup)).toMatchObject({
        kind: 'missing',
        remedy: expect.stringContaining('daemon does not answer'),
      });
    } finally {
      process.env.DOCKER_HOST = own;
    }
  });
});
