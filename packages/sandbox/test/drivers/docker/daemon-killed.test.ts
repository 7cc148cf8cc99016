import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {DockerDriver, SandboxKind} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {command} from '../../support/command.ts';
import {nativeBuild} from '../../support/native-build.ts';
import {shell} from '../../support/run-in.ts';
import {DockerDaemon, hasDocker} from './support/docker-daemon.ts';
import {startedDockerDriver} from './support/docker-setup.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};
const WORKER = fileURLToPath(new URL('support/starting-worker.ts', import.meta.url));

/** A start takes some 200 ms: the deaths are spread over it, and over what comes before and after. */
const DEATHS_MS = process.env.SANDGLASS_TEST_FULL === '1' ? range(0, 600, 30) : [100, 180, 260];
const AT_ONCE = 4;

describe.skipIf(!hasDocker)('a daemon that is killed while it starts containers', () => {
  const runDir = mkdtempSync(join(tmpdir(), 'sg-killed-'));
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await DockerDaemon.start();
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(runDir, {recursive: true});
  });

  /** Agents and programs, known to a daemon or not. */
  const inContainers = (): string[] => daemon.processes().filter((line) => !line.includes('containerd-shim'));
  const left = (): string[] => [...daemon.traces(), ...daemon.processes()];

  function noted(): string[] {
    return readdirSync(join(runDir, 'docker'), {recursive: true, encoding: 'utf8'}).filter((name) =>
      /[0-9a-f]{64}$/.test(name),
    );
  }

  async function startSome(driver: DockerDriver): Promise<void> {
    const creations = Array.from({length: AT_ONCE}, () => driver.create(KIND, LIMITS, ALWAYS));
    for (const creation of await Promise.allSettled(creations))
      if (creation.status === 'fulfilled') await creation.value.destroy();
  }

  it('leaves nothing once it is back, whenever that was, and its worker goes on', async () => {
    await using driver = await startedDockerDriver(daemon, {runDir});
    for (const afterMs of DEATHS_MS) {
      const starting = startSome(driver);
      await delay(afterMs);
      await daemon.kill();
      await daemon.start();
      await starting;
      await expect.poll(left, {message: `killed after ${afterMs} ms`}).toEqual([]);
      await expect.poll(noted).toEqual([]);
    }
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    expect((await shell(sandbox, 'echo on')).stdout).toBe('on\n');
  });

  it('leaves nothing to the next worker when its own died with it', async () => {
    for (const afterMs of DEATHS_MS) {
      const worker = await StartingWorker.start(daemon, runDir);
      await delay(afterMs);
      await worker.kill();
      await daemon.kill();
      await daemon.start();
      await (await startedDockerDriver(daemon, {runDir})).close();
      await expect.poll(left, {message: `killed after ${afterMs} ms`}).toEqual([]);
      expect(noted()).toEqual([]);
    }
  });

  it('has no agents that go on without it', async () => {
    await using driver = await startedDockerDriver(daemon, {runDir});
    const sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    const running = sandbox.exec(command(['sleep', '1000'], {wallTimeMs: 0}));
    await running.started;
    await daemon.kill();
    await expect(running.exited).rejects.toMatchObject({code: 'sandbox-lost'});
    // While there is no daemon to end them.
    await expect.poll(inContainers).toEqual([]);
    await daemon.start();
    await expect.poll(left).toEqual([]);
  });

  it('has none either when their worker died with it: they hear nothing more, and end', async () => {
    const worker = await StartingWorker.start(daemon, runDir, 2_000);
    await worker.hasStarted();
    expect(inContainers()).toHaveLength(4);
    await worker.kill();
    await daemon.kill();
    await expect.poll(inContainers).toEqual([]);
    await daemon.start();
    await (await startedDockerDriver(daemon, {runDir})).close();
    await expect.poll(left).toEqual([]);
  });

  it('is told from one that has nothing to do: agents hear of their worker', async () => {
    const heardWithinMs = 4_000;
    await using driver = await startedDockerDriver(daemon, {heardWithinMs});
    await using sandbox = await driver.create(KIND, LIMITS, ALWAYS);
    await delay(1.5 * heardWithinMs);
    expect((await shell(sandbox, 'echo still there')).stdout).toBe('still there\n');
  });
});

/** See `support/starting-worker.ts`. */
class StartingWorker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  static async start(daemon: DockerDaemon, runDir: string, heardWithinMs = 60_000): Promise<StartingWorker> {
    const words = [WORKER, daemon.socketPath, nativeBuild(), runDir, String(heardWithinMs)];
    const child = spawn(process.execPath, words, {stdio: ['pipe', 'pipe', 'inherit']});
    const worker = new StartingWorker(child, createInterface({input: child.stdout})[Symbol.asyncIterator]());
    expect(await worker.#lines.next()).toMatchObject({value: 'starting'});
    return worker;
  }

  private constructor(child: ChildProcess, lines: AsyncIterator<string>) {
    this.#process = child;
    this.#lines = lines;
  }

  async hasStarted(): Promise<void> {
    expect(await this.#lines.next()).toMatchObject({value: 'started'});
  }

  async kill(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({length: Math.ceil((to - from) / step)}, (_, index) => from + index * step);
}
