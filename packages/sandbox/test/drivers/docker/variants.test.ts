import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {release, tmpdir} from 'node:os';
import {join} from 'node:path';
import type {SandboxKind} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {driverContract} from '../../contract/driver-contract.ts';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {python, shell} from '../../support/run-in.ts';
import {GVISOR_LACKS, hasGvisor} from '../gvisor/support/gvisor-setup.ts';
import {DockerDaemon, hasDocker} from './support/docker-daemon.ts';
import {startedDockerDriver} from './support/docker-setup.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};
const MIB = 1024 * 1024;

const IS_FULL = process.env.SANDGLASS_TEST_FULL === '1';

const MAPPED = 1_300_000;

describe.skipIf(!hasDocker)('with a daemon that maps user ids', () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await DockerDaemon.start({firstMappedId: MAPPED});
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  it('has ids that are nobody on the host, and says so', async () => {
    await using driver = await startedDockerDriver(daemon);
    expect(driver.isolation.enforced).toContain('user-namespace');
    expect(driver.isolation.weaker.map(({mechanism}) => mechanism)).not.toContain('user-namespace');
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const {stdout} = await shell(sandbox, 'id -u; cat /proc/self/uid_map /proc/self/gid_map');
    expect(stdout.replace(/ +/g, ' ')).toBe(`1000\n 0 ${MAPPED} 65536\n 0 ${MAPPED} 65536\n`);
  });

  if (IS_FULL)
    driverContract(
      'docker with mapped ids',
      {
        start: () => startedDockerDriver(daemon),
        image: 'host',
        primeLibrary: null,
        lacks: ['shared-disk', 'disk-resize', 'memory-peak-reset', 'bare-root', 'nosuid-mounts'],
        traces: () => daemon.traces(),
      },
      undefined,
    );
});

describe.skipIf(!hasDocker || !hasGvisor)('with runsc as the runtime of its daemon', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sg-runtime-'));
  let daemon: DockerDaemon;
  beforeAll(async () => {
    const runsc = {path: '/usr/bin/runsc', runtimeArgs: ['--network=none']};
    const file = join(folder, 'daemon.json');
    writeFileSync(file, JSON.stringify({runtimes: {runsc}}));
    daemon = await DockerDaemon.start({arguments: ['--config-file', file]});
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, {recursive: true});
  });

  it('runs programs under another kernel than the host’s, and says so', async () => {
    await using driver = await startedDockerDriver(daemon, {runtime: 'runsc'});
    expect(driver.isolation.enforced).toEqual(expect.arrayContaining(['runtime-runsc', 'memory', 'cpu']));
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const {stdout} = await shell(sandbox, 'cat /proc/version; cat /proc/net/dev | wc -l');
    expect(stdout).not.toContain(release());
    expect(stdout).toMatch(/^Linux version 4\.4\.0 .*\n3\n$/);
  });

  it('ends a program that takes more memory than allowed with all of its container, and says why', async () => {
    await using driver = await startedDockerDriver(daemon, {runtime: 'runsc'});
    expect(driver.isolation.weaker.map(({mechanism}) => mechanism)).not.toContain('memory-verdict');
    // More than once: what tells of it must not be faster or slower than the end by chance.
    for (let time = 0; time < 3; time++) {
      await using sandbox = await driver.create(KIND, {...LIMITS, memoryBytes: 32 * MIB}, ALWAYS);
      const hungry = await python(sandbox, 'x = []\nwhile True: x.append(bytearray(1 << 20))', {
        wallTimeMs: 0,
      });
      expect(hungry).toMatchObject({stopReason: 'out-of-memory', exitCode: null});
      expect(hungry.oomKills).toBeGreaterThan(0);
      expect(hungry.memoryPeakBytes).toBeLessThanOrEqual(32 * MIB);
      await sandbox.destroy();
    }
    expect(daemon.traces()).toEqual([]);
  });

  it('does not take the end of a container for a want of memory', async () => {
    await using driver = await startedDockerDriver(daemon, {runtime: 'runsc'});
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const running = shell(sandbox, 'sleep 1000', {wallTimeMs: 0});
    const [sandboxed] = daemon.processes().filter((line) => line.includes('runsc-sandbox'));
    process.kill(Number(/^process (\d+):/.exec(sandboxed ?? '')?.[1]), 'SIGKILL');
    await expect(running).rejects.toMatchObject({code: 'sandbox-lost'});
  });

  it('makes a sandbox for other limits instead of changing one, which its kernel cannot', async () => {
    await using driver = await startedDockerDriver(daemon, {runtime: 'runsc'});
    expect(driver.fixedLimits).toEqual(expect.arrayContaining(['memoryBytes', 'processes', 'cpuCount']));
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const other = {...LIMITS, memoryBytes: 2 * LIMITS.memoryBytes};
    await expect(sandbox.configure(other)).rejects.toMatchObject({code: 'isolation-failed'});
  });

  if (IS_FULL)
    driverContract(
      'docker with runsc',
      {
        start: () => startedDockerDriver(daemon, {runtime: 'runsc'}),
        image: 'host',
        primeLibrary: null,
        lacks: GVISOR_LACKS,
        traces: () => daemon.traces(),
      },
      ['isolation', 'lifetime'],
    );
});
