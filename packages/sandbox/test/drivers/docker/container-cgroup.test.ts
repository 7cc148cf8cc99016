import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {SandboxKind, SandboxLimits} from '@sandglass/sandbox';
import Docker from 'dockerode';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {findCgroupFolders} from '../../../src/drivers/docker/cgroup-folders.ts';
import {ContainerCgroup} from '../../../src/drivers/docker/container-cgroup.ts';
import {startBounds} from '../../../src/drivers/docker/container-options.ts';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {DockerDaemon, hasDocker} from './support/docker-daemon.ts';
import {startedDockerDriver} from './support/docker-setup.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};
const MIB = 1024 * 1024;
const BOUNDS = startBounds(LIMITS, undefined);
const OTHER: SandboxLimits = {...LIMITS, memoryBytes: 96 * MIB, processes: 7, cpuCount: 0.25};

describe.skipIf(!hasDocker)('the cgroup of a container', () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await DockerDaemon.start();
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  async function onlyContainer(): Promise<{id: string; pid: number; memoryBytes: number | undefined}> {
    const docker = new Docker({socketPath: daemon.socketPath});
    const [listed] = await docker.listContainers();
    const {State, HostConfig} = await docker.getContainer(listed?.Id ?? '').inspect();
    return {id: listed?.Id ?? '', pid: State.Pid, memoryBytes: HostConfig.Memory};
  }

  /** What the kernel holds it to; the names differ between the versions of cgroups. */
  function boundsIn(container: {id: string; pid: number}): {memory: string; processes: string; cpu: string} {
    const folders = findCgroupFolders(container);
    if (folders === null) throw new Error('The cgroup is not to be found.');
    const {version, places} = folders;
    const read = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8').trim();
    return {
      memory: read(places.memory, version === 'v1' ? 'memory.memsw.limit_in_bytes' : 'memory.max'),
      processes: read(places.pids, 'pids.max'),
      cpu: read(places.cpu, version === 'v1' ? 'cpu.cfs_quota_us' : 'cpu.max').split(' ')[0] ?? '',
    };
  }

  it('gets the limits of a run without the daemon having a part in it, to less and to more', async () => {
    await using driver = await startedDockerDriver(daemon);
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const container = await onlyContainer();
    await sandbox.configure(OTHER);
    expect(boundsIn(container)).toEqual({memory: String(97 * MIB), processes: '8', cpu: '25000'});
    await sandbox.configure({...LIMITS, memoryBytes: 512 * MIB});
    expect(boundsIn(container)).toMatchObject({memory: String(513 * MIB), processes: '65'});
    // The daemon was not asked: it knows what it was told at first.
    expect((await onlyContainer()).memoryBytes).toBe(BOUNDS.Memory);
  });

  it('is not touched unless it is certainly the one', async () => {
    await using driver = await startedDockerDriver(daemon);
    await using _sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const {id, pid} = await onlyContainer();
    expect(ContainerCgroup.find({id, pid}, BOUNDS)).not.toBeNull();
    // A process of somebody else, as the number would name in another PID namespace.
    expect(ContainerCgroup.find({id, pid: process.pid}, BOUNDS)).toBeNull();
    expect(ContainerCgroup.find({id: id.replace(/./g, '0'), pid}, BOUNDS)).toBeNull();
    expect(ContainerCgroup.find({id: '', pid: 0}, BOUNDS)).toBeNull();
    // A daemon that set something else than it was asked for.
    expect(ContainerCgroup.find({id, pid}, {...BOUNDS, PidsLimit: 66})).toBeNull();
    expect(ContainerCgroup.find({id, pid}, {...BOUNDS, Memory: 2 * (BOUNDS.Memory ?? 0)})).toBeNull();
  });

  it('gives a daemon away that bounds less than it says', async () => {
    await using driver = await startedDockerDriver(daemon);
    await using _sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const container = await onlyContainer();
    const asked: readonly Partial<typeof BOUNDS>[] = [
      {Memory: BOUNDS.Memory && BOUNDS.Memory / 2},
      {PidsLimit: BOUNDS.PidsLimit && BOUNDS.PidsLimit - 1},
      {NanoCpus: BOUNDS.NanoCpus && BOUNDS.NanoCpus / 2},
    ];
    for (const bound of asked)
      expect(() => ContainerCgroup.find(container, {...BOUNDS, ...bound})).toThrow(
        /bounds less than it says/,
      );
  });

  it('fails a run whose limits the kernel does not take', async () => {
    await using driver = await startedDockerDriver(daemon);
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    // More than a cgroup can be given.
    await expect(sandbox.configure({...LIMITS, cpuCount: 1e9})).rejects.toMatchObject({
      code: 'isolation-failed',
    });
    await expect(sandbox.configure({...LIMITS, processes: 5_000_000_000})).rejects.toMatchObject({
      code: 'isolation-failed',
    });
  });
});
