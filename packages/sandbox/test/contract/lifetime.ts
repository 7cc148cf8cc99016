import {expect, it, vi} from 'vitest';
import {command} from '../support/command.ts';
import {shell} from '../support/run-in.ts';
import {type DriverSetup, DriverUnderTest, itWith, LIMITS} from './driver-under-test.ts';

/** Sandboxes come, go, and leave nothing. */
export function describeLifetime(setup: DriverSetup): void {
  const test = new DriverUnderTest(setup);

  it('leaves traces while it lives and none once it is destroyed', async () => {
    const sandbox = await test.sandbox();
    await shell(sandbox, 'sleep 1000 >/dev/null 2>&1 &', {keepOthers: true});
    expect(setup.traces()).not.toEqual([]);
    expect(sandbox.gone.aborted).toBe(false);
    await sandbox.destroy();
    expect(sandbox.gone.aborted).toBe(true);
    expect(setup.traces()).toEqual([]);
  });

  it('is destroyed once however often that is asked for, with the same answer', async () => {
    const sandbox = await test.sandbox();
    await shell(sandbox, 'true');
    const [first, second] = await Promise.all([sandbox.destroy(), sandbox.destroy()]);
    expect(second).toEqual(first);
    expect(await sandbox.destroy()).toEqual(first);
  });

  it('fails what is under way when it is destroyed, and everything asked for later', async () => {
    const sandbox = await test.sandbox();
    const execution = sandbox.exec(command(['sleep', '100'], {stdin: 'open'}));
    await execution.started;
    await sandbox.destroy();
    const lost = {code: 'sandbox-lost'};
    await expect(execution.exited).rejects.toMatchObject(lost);
    await expect(execution.write(Buffer.from('x'))).rejects.toMatchObject(lost);
    await expect(sandbox.exec(command(['true'])).exited).rejects.toMatchObject(lost);
    await expect(sandbox.readFile('f', {maxBytes: 1})).rejects.toMatchObject(lost);
    await expect(sandbox.writeFiles([{path: 'f', content: Buffer.from('x')}])).rejects.toMatchObject(lost);
    await expect(sandbox.killAll()).rejects.toMatchObject(lost);
    execution.signal('SIGTERM', 'main');
    execution.resize(1, 1);
    execution.end();
  });

  itWith(setup, 'statx')('starts every time from the same clean state', async () => {
    for (let round = 0; round < 5; round += 1) {
      await using sandbox = await test.sandbox();
      const {stdout} = await shell(
        sandbox,
        'ls -A /work /tmp /dev/shm | wc -w; touch /work/a /tmp/b /dev/shm/c; echo $$',
      );
      const [entries, pid] = stdout.split('\n').map(Number);
      expect(entries).toBe(3);
      // What prepared the sandbox may have used a few.
      expect(pid).toBeLessThan(20);
    }
  });

  it('makes many sandboxes at once, all of which work', async () => {
    const sandboxes = await Promise.all(Array.from({length: 20}, () => test.sandbox()));
    expect(new Set(sandboxes.map(({id}) => id)).size).toBe(20);
    const outputs = await Promise.all(sandboxes.map((sandbox, index) => shell(sandbox, `echo ${index}`)));
    expect(outputs.map(({stdout}) => stdout)).toEqual(sandboxes.map((_, index) => `${index}\n`));
    await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
    expect(setup.traces()).toEqual([]);
  });

  it('gives a creation up when its caller does, and leaves nothing of it', async () => {
    const interest = new AbortController();
    const creating = test.driver.create(test.kind, LIMITS, {signal: interest.signal});
    interest.abort(new Error('not interested'));
    await expect(creating).rejects.toThrow('not interested');
    await vi.waitFor(() => expect(setup.traces()).toEqual([]));
    await expect(test.driver.create(test.kind, LIMITS, {signal: interest.signal})).rejects.toThrow(
      'not interested',
    );
  });

  it('refuses what it cannot make, naming it', async () => {
    const unknown = {image: 'no-such-image', network: 'none'} as const;
    await expect(test.driver.create(unknown, LIMITS, {signal: undefined})).rejects.toThrow(/no-such-image/);
  });

  it('destroys every sandbox when it is closed, and makes none afterwards', async () => {
    const driver = await setup.start();
    const sandboxes = await Promise.all(
      [1, 2, 3].map(() => driver.create(test.kind, LIMITS, {signal: undefined})),
    );
    const running = sandboxes.map((sandbox) => shell(sandbox, 'sleep 100').catch((error: unknown) => error));
    await driver.close();
    await driver.close();
    expect(setup.traces()).toEqual([]);
    for (const outcome of running) expect(await outcome).toMatchObject({code: 'sandbox-lost'});
    for (const sandbox of sandboxes) expect(sandbox.gone.aborted).toBe(true);
    await expect(driver.create(test.kind, LIMITS, {signal: undefined})).rejects.toMatchObject({
      code: 'shutting-down',
    });
  });
}
