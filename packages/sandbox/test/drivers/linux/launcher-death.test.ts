import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Sandbox, SandboxKind} from '@sandglass/sandbox';
import {expect, it, vi} from 'vitest';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {command} from '../../support/command.ts';
import {shell} from '../../support/run-in.ts';
import {startedLinuxDriver, temporaryRunDir} from './support/linux-setup.ts';
import {
  descendants,
  instanceOf,
  isRunning,
  linuxTraces,
  programOf,
  sandboxCgroups,
} from './support/linux-traces.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};

function launchers(): number[] {
  return descendants(process.pid).filter((pid) => programOf(pid)?.endsWith('/sandglass-launcher'));
}

/** The launcher itself; what it forked for a new sandbox looks the same until it becomes an agent. */
function launcher(): number {
  const all = launchers();
  const [first] = all.filter((pid) => !all.some((other) => descendants(other).includes(pid)));
  if (first === undefined) throw new Error('no launcher runs');
  return first;
}

it('fails what runs, takes every sandbox along and starts another launcher when the launcher is killed', async () => {
  await using driver = await startedLinuxDriver();
  const killed = launcher();
  const instance = instanceOf(killed);
  const sandboxes = await Promise.all([1, 2, 3].map(() => driver.create(KIND, LIMITS, ALWAYS)));
  const running = sandboxes.map((sandbox) => sandbox.exec(command(['sleep', '1000'], {wallTimeMs: 0})));
  for (const execution of running) await execution.started;
  const inside = descendants(killed);
  expect(inside.length).toBeGreaterThanOrEqual(6);

  process.kill(killed, 'SIGKILL');
  for (const execution of running)
    await expect(execution.exited).rejects.toMatchObject({
      code: expect.stringMatching(/^(sandbox|launcher)-lost$/),
    });
  for (const sandbox of sandboxes) {
    await sandbox.destroy();
    expect(sandbox.gone.aborted).toBe(true);
  }

  const next = await vi.waitUntil(() => driver.create(KIND, LIMITS, ALWAYS).catch(() => null), {
    timeout: 10_000,
  });
  expect((await shell(next as Sandbox, 'echo back')).stdout).toBe('back\n');
  await vi.waitFor(() => expect(inside.filter(isRunning)).toEqual([]));
  expect(sandboxCgroups('any').filter((path) => path.includes(`/${instance}/`))).toEqual([]);
  await next?.destroy();
  expect(linuxTraces(process.pid)).toEqual([]);
});

it('answers launcher-lost with Retry-After while no launcher runs, and stops trying when it is closed', async () => {
  const driver = await startedLinuxDriver();
  process.kill(launcher(), 'SIGKILL');
  const refused = await vi.waitUntil(
    async () => {
      try {
        await (await driver.create(KIND, LIMITS, ALWAYS)).destroy();
        return null;
      } catch (error) {
        return error;
      }
    },
    {interval: 1},
  );
  expect(refused).toMatchObject({code: 'launcher-lost', retryAfterSeconds: 1});
  await driver.close();
  expect(launchers()).toEqual([]);
});

it('removes its socket and configuration when it is closed', async () => {
  using runDir = temporaryRunDir();
  const driver = await startedLinuxDriver({runDir: runDir.path});
  expect(readdirSync(runDir.path).some((name) => name.endsWith('.conf'))).toBe(false);
  await driver.close();
  expect(readdirSync(runDir.path)).toEqual(['state']);
  expect(readdirSync(join(runDir.path, 'state'))).toEqual([]);
});

it('says what the launcher said when it does not start', async () => {
  const missing = {kind: 'bind', source: '/no/such/folder', target: '/opt/x'} as const;
  await expect(startedLinuxDriver({images: [{name: 'bad', entries: [missing]}]})).rejects.toMatchObject({
    code: 'isolation-unavailable',
    message: expect.stringContaining('/no/such/folder'),
  });
  await expect(startedLinuxDriver({nativeDir: '/no/such/folder'})).rejects.toThrow(/make -C native/);
  expect(launchers()).toEqual([]);
});
