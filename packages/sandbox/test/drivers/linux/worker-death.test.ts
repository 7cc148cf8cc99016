import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {expect, it, vi} from 'vitest';
import {nativeBuild} from '../../support/native-build.ts';
import {LACKING, temporaryRunDir} from './support/linux-setup.ts';
import {descendants, instanceOf, isRunning, programOf, sandboxCgroups} from './support/linux-traces.ts';

const WORKER = fileURLToPath(new URL('support/driver-process.ts', import.meta.url));

async function startWorker(runDir: string): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [WORKER, runDir, nativeBuild(), LACKING.join(',')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (worker.stdout === null) throw new Error('the worker has no stdout');
  const isReady = await Promise.race([
    once(createInterface({input: worker.stdout}), 'line').then(() => true),
    once(worker, 'close').then(() => false),
  ]);
  if (!isReady) throw new Error(`the worker ended with ${worker.exitCode} before its sandboxes were there`);
  return worker;
}

function launcherOf(pid: number): number {
  const launcher = descendants(pid).find((each) => programOf(each)?.endsWith('/sandglass-launcher'));
  if (launcher === undefined) throw new Error('no launcher runs');
  return launcher;
}

it.each(['SIGKILL', 'SIGSEGV'] as const)(
  'leaves nothing when the worker ends by %s while programs run',
  async (signal) => {
    using runDir = temporaryRunDir();
    const worker = await startWorker(runDir.path);
    const pid = worker.pid ?? 0;
    const family = descendants(pid);
    const instance = instanceOf(launcherOf(pid));
    expect(family.length).toBeGreaterThanOrEqual(5);
    worker.kill(signal);
    await once(worker, 'close');
    await vi.waitFor(
      () => {
        expect(family.filter(isRunning)).toEqual([]);
        expect(sandboxCgroups('any').filter((path) => path.includes(`/${instance}/`))).toEqual([]);
        expect(readdirSync(runDir.path)).toEqual(['state']);
        expect(readdirSync(`${runDir.path}/state`)).toEqual([]);
      },
      {timeout: 5000},
    );
  },
);

it('clears away what worker and launcher leave when both are killed at once', async () => {
  using runDir = temporaryRunDir();
  const first = await startWorker(runDir.path);
  const firstPid = first.pid ?? 0;
  const family = descendants(firstPid);
  const launcher = launcherOf(firstPid);
  const instance = instanceOf(launcher);
  process.kill(launcher, 'SIGKILL');
  first.kill('SIGKILL');
  await once(first, 'close');
  await vi.waitFor(() => expect(family.filter(isRunning)).toEqual([]), {
    timeout: 5000,
  });

  const second = await startWorker(runDir.path);
  expect(sandboxCgroups('any').filter((path) => path.includes(`/${instance}/`))).toEqual([]);
  expect(readdirSync(runDir.path).filter((name) => name.startsWith(instance))).toEqual([]);
  second.stdin?.end();
  await once(second, 'close');
  expect(second.exitCode).toBe(0);
});
