import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {createPool, DockerDriver, type Sandbox, type SandboxKind} from '@sandglass/sandbox';
import Docker from 'dockerode';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {makeLayout} from '../../../../images/test/support/make-layout.ts';
import {canRun} from '../../../../images/test/support/needs.ts';
import {openRegistry} from '../../../../images/test/support/registry.ts';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {command} from '../../support/command.ts';
import {compiledProgram} from '../../support/compiled-program.ts';
import {HOST_IMAGE} from '../../support/host-image.ts';
import {nativeBuild} from '../../support/native-build.ts';
import {runIn, shell} from '../../support/run-in.ts';
import {DockerDaemon, hasDocker} from './support/docker-daemon.ts';
import {startedDockerDriver} from './support/docker-setup.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};
const WORKER = fileURLToPath(new URL('support/docker-worker.ts', import.meta.url));

describe.skipIf(!hasDocker)('with a daemon of its own', () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await DockerDaemon.start();
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  function docker(): Docker {
    return new Docker({socketPath: daemon.socketPath});
  }

  it("makes containers that have no network, no way to more rights, and never the daemon's socket", async () => {
    await using driver = await startedDockerDriver(daemon);
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const [container] = await docker().listContainers({filters: {label: ['sandglass.worker']}});
    const {HostConfig, Mounts, Config} = await docker()
      .getContainer(container?.Id ?? '')
      .inspect();
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      AutoRemove: true,
      Memory: HostConfig.MemorySwap,
      PidsLimit: LIMITS.processes + 1,
      PidMode: '',
      UTSMode: '',
      UsernsMode: '',
      LogConfig: {Type: 'none'},
    });
    expect(HostConfig.CapAdd?.map((name: string) => name.replace('CAP_', '')).sort()).toEqual([
      'KILL',
      'SETGID',
      'SETPCAP',
      'SETUID',
    ]);
    expect(HostConfig.SecurityOpt?.[0]).toBe('no-new-privileges');
    expect(HostConfig.SecurityOpt?.[1]).toMatch(/^seccomp=\{/);
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect(HostConfig.Binds ?? []).toEqual([]);
    expect(Config.Volumes ?? {}).toEqual({});
    for (const {Source, RW, Type} of Mounts) {
      expect([Source, Type, RW]).toEqual([Source, 'bind', false]);
      expect(Source).not.toMatch(/\.sock$|^\/(var\/)?run|^\/$|^\/etc|^\/root|^\/home/);
    }
    const {stdout} = await shell(
      sandbox,
      'find / -name "*.sock" -not -path "/proc/*" 2>/dev/null; echo searched',
    );
    expect(stdout).toBe('searched\n');
  });

  it('counts the processes of each sandbox for itself, though all programs are the same user of the host', async () => {
    await using driver = await startedDockerDriver(daemon);
    await using crowded = await driver.create(KIND, LIMITS, ALWAYS);
    await using other = await driver.create(KIND, LIMITS, ALWAYS);
    const fill = `for i in $(seq ${LIMITS.processes - 8}); do sleep 100 & done; echo full`;
    const filled = await shell(crowded, fill, {keepOthers: true, processes: LIMITS.processes});
    expect(filled.stdout).toBe('full\n');
    const code = `for i in $(seq ${LIMITS.processes - 8}); do sleep 0 & done; wait; echo done`;
    const ended = await shell(other, code, {processes: LIMITS.processes});
    expect(ended).toMatchObject({stdout: 'done\n', stderr: '', forksRefused: 0});
  });

  it('leaves nothing when its worker is killed while programs run', async () => {
    const worker = spawn(process.execPath, [WORKER, daemon.socketPath, nativeBuild()], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(createInterface({input: worker.stdout}), 'line');
    expect(daemon.traces()).not.toEqual([]);
    worker.kill('SIGKILL');
    await once(worker, 'close');
    await vi.waitFor(() => expect(daemon.traces()).toEqual([]), {timeout: 20_000});
  });

  it('removes at its start what dead workers left, and nothing of living ones', async () => {
    await using living = await startedDockerDriver(daemon);
    await using sandbox = await living.create(KIND, LIMITS, ALWAYS);
    const [own] = await docker().listContainers({filters: {label: ['sandglass.worker']}});
    const label = own?.Labels['sandglass.worker'] ?? '';
    const parts = label.split('.');
    const dead = [parts[0], parts[1], parts[2], '1'].join('.');
    const elsewhere = [parts[0], '1', parts[2], '1'].join('.');
    const created = await Promise.all(
      [dead, elsewhere].map((worker) =>
        docker().createContainer({
          Image: own?.ImageID ?? '',
          Cmd: ['/x'],
          Labels: {'sandglass.worker': worker},
        }),
      ),
    );
    await (await startedDockerDriver(daemon)).close();
    const left = (await docker().listContainers({all: true})).map(({Id}) => Id).sort();
    expect(left).toEqual([own?.Id ?? '', created[1]?.id ?? ''].sort());
    expect((await shell(sandbox, 'echo alive')).stdout).toBe('alive\n');
    await created[1]?.remove();
  });

  it('fails what runs when the daemon is killed, says so until it is back, and clears away what it left', async () => {
    await using driver = await startedDockerDriver(daemon);
    const sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const running = sandbox.exec(command(['sleep', '1000'], {wallTimeMs: 0}));
    await running.started;
    await daemon.kill();
    await expect(running.exited).rejects.toMatchObject({code: 'sandbox-lost'});
    await sandbox.destroy();
    expect(sandbox.gone.aborted).toBe(true);
    await expect(driver.create(KIND, LIMITS, ALWAYS)).rejects.toMatchObject({
      code: 'launcher-lost',
      retryAfterSeconds: 1,
    });
    await daemon.start();
    await vi.waitFor(() => expect(daemon.traces()).toEqual([]), {timeout: 20_000});
    await using next = await vi.waitUntil(() => driver.create(KIND, LIMITS, ALWAYS).catch(() => null), {
      timeout: 20_000,
    });
    expect((await shell(next as Sandbox, 'echo back')).stdout).toBe('back\n');
  });

  it('gives an agent up that never answers, and says what it printed instead', async () => {
    const nativeDir = mkdtempSync(join(tmpdir(), 'sg-agent-'));
    try {
      writeFileSync(join(nativeDir, 'sandglass-agent'), compiledProgram('never-answers').content, {
        mode: 0o755,
      });
      await using driver = await startedDockerDriver(daemon, {nativeDir, createdWithinMs: 1500});
      await expect(driver.create(KIND, LIMITS, ALWAYS)).rejects.toMatchObject({
        code: 'isolation-failed',
        message: expect.stringMatching(/did not answer within 1500 ms.*not today/s),
      });
      expect(daemon.traces()).toEqual([]);
      copyFileSync('/usr/bin/env', join(nativeDir, 'sandglass-agent'));
      await expect(driver.create(KIND, LIMITS, ALWAYS)).rejects.toMatchObject({code: 'isolation-failed'});
      expect(daemon.traces()).toEqual([]);
    } finally {
      rmSync(nativeDir, {recursive: true});
    }
  });

  it('keeps containers ready, gives each once, and makes another for a disk of another size', async () => {
    await using driver = await startedDockerDriver(daemon);
    {
      await using pool = createPool(driver, {
        defaultLimits: LIMITS,
        kinds: [KIND],
        floor: 2,
        maxSandboxes: 4,
      });
      await vi.waitFor(() => expect(pool.stats.ready).toBe(2), {timeout: 20_000});
      await using warm = await pool.acquire(KIND, LIMITS, ALWAYS);
      // Taken from what was ready: nobody waited for another to be made.
      expect(pool.stats).toMatchObject({inUse: 1, waiting: 0});
      expect((await shell(warm, 'echo warm')).stdout).toBe('warm\n');
      await using small = await pool.acquire(KIND, {...LIMITS, diskBytes: 2 * 1024 * 1024}, ALWAYS);
      expect(await shell(small, 'head -c 3M /dev/zero > f')).toMatchObject({isDiskFull: true});
      await using narrow = await pool.acquire(KIND, {...LIMITS, processes: 1}, ALWAYS);
      expect((await shell(narrow, 'true & wait; true')).forksRefused).toBeGreaterThan(0);
    }
    expect(daemon.traces()).toEqual([]);
  });

  it.skipIf(!canRun('the suite of pulls by a daemon', ['skopeo', 'docker-registry']))(
    'pulls an image by its digest from a registry, telling how far it is, and refuses another in its place',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sg-pull-'));
      await using registry = await openRegistry(join(folder, 'registry'), {htpasswd: null});
      const layout = join(folder, 'layout');
      const {manifestDigest} = await makeLayout(layout, [[{name: 'etc/mark', content: 'pulled'}]]);
      const copy = ['--insecure-policy', 'copy', '--dest-tls-verify=false'];
      execFileSync('skopeo', [...copy, `oci:${layout}:latest`, `docker://${registry.host}/team/bare:1`], {
        stdio: 'pipe',
      });
      const lines: string[] = [];
      const reference = `${registry.host}/team/bare@${manifestDigest}`;
      await using driver = await startedDockerDriver(daemon, {
        images: [],
        references: {bare: reference},
        onLog: (line) => lines.push(line),
      });
      expect(lines[0]).toBe(`pulling ${reference}`);
      expect(lines.length).toBeGreaterThan(2);
      await using sandbox = await driver.create({image: 'bare', network: 'none'}, LIMITS, ALWAYS);
      const program = compiledProgram('print-hello');
      const ended = await runIn(sandbox, [`./${program.path}`], {files: [program]});
      expect(ended.stdout).toBe('hello\n');
      const other = `${registry.host}/team/bare@sha256:${'0'.repeat(64)}`;
      await expect(startedDockerDriver(daemon, {references: {other}})).rejects.toMatchObject({
        code: 'isolation-unavailable',
      });
      rmSync(folder, {recursive: true});
    },
  );

  it('runs programs in an image of the daemon, and says which one it cannot get', async () => {
    const {entries: _, ...rest} = HOST_IMAGE;
    await using plain = await startedDockerDriver(daemon, {images: [{...rest, name: 'empty', entries: []}]});
    const [image] = await docker().listImages({filters: {reference: ['sandglass-root']}});
    const reference = image?.RepoTags?.[0] ?? '';
    await using driver = await startedDockerDriver(daemon, {images: [], references: {bare: reference}});
    await using sandbox = await driver.create({image: 'bare', network: 'none'}, LIMITS, ALWAYS);
    const program = compiledProgram('print-hello');
    const printed: string[] = [];
    await sandbox.exec(
      command([`./${program.path}`], {
        files: [program],
        onOutput: (_stream, data) => void printed.push(Buffer.from(data).toString()),
      }),
    ).exited;
    expect(printed.join('')).toBe('hello\n');
    await expect(
      startedDockerDriver(daemon, {references: {missing: 'localhost:1/no/such:image'}}),
    ).rejects.toMatchObject({
      code: 'isolation-unavailable',
      message: expect.stringContaining('localhost:1/no/such:image'),
    });
    expect(plain.name).toBe('docker');
  });
});

it('says where it looked when there is no daemon', async () => {
  const driver = new DockerDriver({nativeDir: nativeBuild(), images: [], socketPath: '/no/such/docker.sock'});
  await expect(driver.start(ALWAYS)).rejects.toMatchObject({
    code: 'isolation-unavailable',
    message: expect.stringContaining('/no/such/docker.sock'),
  });
});
