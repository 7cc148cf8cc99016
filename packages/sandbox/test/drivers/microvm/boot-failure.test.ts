import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {MicrovmDriver, type MicrovmDriverOptions} from '@sandglass/sandbox';
import {afterEach, expect, it} from 'vitest';
import {describeWithMachines, machineOptions} from './support/microvm-setup.ts';
import {microvmTraces} from './support/microvm-traces.ts';
import {otherGuest} from './support/other-guest.ts';

async function startFailure(options: Partial<MicrovmDriverOptions>): Promise<unknown> {
  const driver = new MicrovmDriver({...(await machineOptions()), acceleration: 'tcg', ...options});
  return await driver.start({signal: undefined}).then(
    () => driver.close(),
    (error: unknown) => error,
  );
}

describeWithMachines('a microVM that does not come up', () => {
  afterEach(() => expect(microvmTraces(process.pid)).toEqual([]));

  it('is explained by the last lines of its console when its kernel panics', async () => {
    using guest = otherGuest('exit-at-once');
    const error = await startFailure({...guest, bootWithinMs: 60_000});
    expect(error).toMatchObject({code: 'isolation-unavailable'});
    expect(String(error)).toMatch(/Kernel panic.*Attempted to kill init/);
    expect(readdirSync(join(guest.cacheDir, 'templates'))).toEqual([]);
  });

  it('is given up at the limit when its first process never says a word', async () => {
    using guest = otherGuest('say-nothing');
    const error = await startFailure({...guest, bootWithinMs: 3_000});
    expect(error).toMatchObject({code: 'isolation-unavailable'});
    expect(String(error)).toContain('nothing after 3000 ms');
  });

  it('is ended at its first wrong byte when it floods its channel', async () => {
    using guest = otherGuest('flood-channel');
    const before = process.memoryUsage().rss;
    const error = await startFailure({...guest, bootWithinMs: 60_000});
    expect(error).toMatchObject({code: 'isolation-unavailable'});
    expect(String(error)).toMatch(/type 0xa5/i);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('is refused before it starts when its kernel is none, naming the file', async () => {
    using guest = otherGuest('say-nothing');
    const imagePath = join(guest.cacheDir, 'vmlinuz');
    writeFileSync(imagePath, Buffer.alloc(4096, 7));
    const {kernel} = await machineOptions();
    const error = await startFailure({...guest, kernel: {...kernel, imagePath}});
    expect(error).toMatchObject({code: 'isolation-unavailable'});
    expect(String(error)).toContain(imagePath);
  });

  it('says which of its parts is missing', async () => {
    using guest = otherGuest('say-nothing');
    const images = [{name: 'host', path: join(guest.cacheDir, 'no-such-disk')}];
    expect(String(await startFailure({...guest, images}))).toContain('no-such-disk');
    expect(String(await startFailure({programs: {qemu: '/no/such/qemu'}}))).toContain('qemu-system-x86');
  });

  it('is given up when whoever starts it loses interest', async () => {
    using guest = otherGuest('say-nothing');
    const driver = new MicrovmDriver({...(await machineOptions()), acceleration: 'tcg', ...guest});
    const starting = driver.start({signal: AbortSignal.timeout(1_000)});
    await expect(starting).rejects.toThrow(/timeout/i);
  });
});
