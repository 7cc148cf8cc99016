import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {expect, it, vi} from 'vitest';
import {isRunning} from '../linux/support/linux-traces.ts';
import {describeWithMachines, startedMicrovmDriver} from './support/microvm-setup.ts';
import {machineGroups, monitorsOf} from './support/microvm-traces.ts';

const WORKER = fileURLToPath(new URL('support/driver-process.ts', import.meta.url));

async function startWorker(): Promise<ChildProcess & {readonly pid: number}> {
  const worker = spawn(process.execPath, [WORKER], {stdio: ['pipe', 'pipe', 'inherit']});
  const isReady = await Promise.race([
    once(createInterface({input: worker.stdout}), 'line').then(() => true),
    once(worker, 'close').then(() => false),
  ]);
  if (!isReady || worker.pid === undefined) throw new Error(`the worker ended with ${worker.exitCode}`);
  return Object.assign(worker, {pid: worker.pid});
}

describeWithMachines('microVMs of a worker that is killed', () => {
  it('end with it, and the next worker removes their control groups', async () => {
    const worker = await startWorker();
    const monitors = monitorsOf(worker.pid);
    expect(monitors.length).toBe(2);
    expect(machineGroups(worker.pid).length).toBeGreaterThan(0);
    worker.kill('SIGKILL');
    await once(worker, 'close');
    await vi.waitFor(() => expect(monitors.filter(isRunning)).toEqual([]), {timeout: 20_000});
    const next = await startedMicrovmDriver();
    await next.close();
    expect(machineGroups(worker.pid)).toEqual([]);
  });

  it('are gone when it has ended in an orderly way', async () => {
    const worker = await startWorker();
    const monitors = monitorsOf(worker.pid);
    worker.stdin?.end();
    await once(worker, 'close');
    expect(worker.exitCode).toBe(0);
    expect(monitors.filter(isRunning)).toEqual([]);
    expect(machineGroups(worker.pid)).toEqual([]);
  });
});
