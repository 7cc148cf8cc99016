import {createPool, type SandboxKind} from '@sandglass/sandbox';
import {expect, it, vi} from 'vitest';
import {LIMITS} from '../contract/driver-under-test.ts';
import {startedLinuxDriver} from '../drivers/linux/support/linux-setup.ts';
import {descendants, linuxTraces, programOf} from '../drivers/linux/support/linux-traces.ts';
import {shell} from '../support/run-in.ts';

const KIND: SandboxKind = {image: 'host', network: 'none'};
const ALWAYS = {signal: undefined};

it('serves more callers than sandboxes may live, each with a fresh one, and leaves nothing', async () => {
  await using driver = await startedLinuxDriver();
  {
    await using pool = createPool(driver, {defaultLimits: LIMITS, kinds: [KIND], maxSandboxes: 6});
    const outputs = await Promise.all(
      Array.from({length: 60}, async (_, index) => {
        const limits = index % 3 === 0 ? {...LIMITS, memoryBytes: 64 * 1024 * 1024} : LIMITS;
        await using sandbox = await pool.acquire(KIND, limits, ALWAYS);
        expect(pool.stats.inUse).toBeLessThanOrEqual(6);
        return (await shell(sandbox, `cat left 2>/dev/null; echo ${index} | tee left`)).stdout;
      }),
    );
    expect(outputs).toEqual(outputs.map((_, index) => `${index}\n`));
    expect(pool.stats).toMatchObject({inUse: 0, waiting: 0});
  }
  expect(linuxTraces(process.pid)).toEqual([]);
});

it('drops what died with a launcher and is full again once the next one runs', async () => {
  await using driver = await startedLinuxDriver();
  await using pool = createPool(driver, {defaultLimits: LIMITS, kinds: [KIND], floor: 3});
  const isFull = (): void => expect(pool.stats).toMatchObject({ready: 3, creating: 0});
  await vi.waitFor(isFull, {timeout: 10_000});
  const launcher = descendants(process.pid).find((pid) => programOf(pid)?.endsWith('/sandglass-launcher'));
  // 0 would be everybody's group, Vitest's included.
  if (launcher === undefined) throw new Error('The driver has no launcher.');
  process.kill(launcher, 'SIGKILL');
  await vi.waitFor(() => expect(pool.stats.ready).toBe(0));
  await using sandbox = await pool.acquire(KIND, LIMITS, ALWAYS);
  expect((await shell(sandbox, 'echo back')).stdout).toBe('back\n');
  await vi.waitFor(isFull, {timeout: 10_000});
});
