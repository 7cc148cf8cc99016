import {SandglassError} from '@sandglass/protocol';
import {
  createPool,
  type PoolOptions,
  type SandboxKind,
  type SandboxLimits,
  type SandboxPool,
} from '@sandglass/sandbox';
import {afterEach, describe, expect, it, vi} from 'vitest';
import {CountedDriver, type CountedSandbox} from './support/counted-driver.ts';

const LIMITS: SandboxLimits = {memoryBytes: 1, processes: 2, cpuCount: 3, diskBytes: 4};
const HOST: SandboxKind = {image: 'host', network: 'none'};
const OTHER: SandboxKind = {image: 'other', network: 'none'};
const AT_ONCE = {signal: undefined};

function pool(driver: CountedDriver, options: Partial<PoolOptions> = {}): SandboxPool {
  return createPool(driver, {defaultLimits: LIMITS, kinds: [HOST], ...options});
}

async function untilReady(sandboxes: SandboxPool, ready: number): Promise<void> {
  await vi.waitFor(() => expect(sandboxes.stats).toMatchObject({ready, creating: 0}), {interval: 1});
}

describe('a pool at rest', () => {
  it('keeps the floor ready, made a few at a time', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 5, parallelCreations: 2});
    await untilReady(sandboxes, 5);
    expect(driver.mostAtOnce).toBe(2);
    expect(sandboxes.stats).toEqual({ready: 5, creating: 0, inUse: 0, waiting: 0, target: 5});
  });

  it('keeps no more than the memory for idle sandboxes allows', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 8, idleMemoryBytes: 6 * 1024 * 1024});
    await untilReady(sandboxes, 3);
  });

  it('replaces a ready sandbox that broke', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 2});
    await untilReady(sandboxes, 2);
    const [broken] = driver.alive;
    broken?.breakDown();
    expect(sandboxes.stats.ready).toBe(1);
    await untilReady(sandboxes, 2);
    expect(driver.alive.has(broken as CountedSandbox)).toBe(false);
  });

  it('leaves nothing behind when it is closed, not even what was in the making', async () => {
    const driver = new CountedDriver();
    const sandboxes = pool(driver, {floor: 3, parallelCreations: 1});
    await vi.waitFor(() => expect(sandboxes.stats).toMatchObject({ready: 1, creating: 1}), {interval: 1});
    await sandboxes[Symbol.asyncDispose]();
    expect(driver.alive.size).toBe(0);
    await expect(sandboxes.acquire(HOST, LIMITS, AT_ONCE)).rejects.toMatchObject({code: 'shutting-down'});
  });
});

describe('acquire', () => {
  it('hands a ready sandbox out within the turn, each one once', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 3});
    await untilReady(sandboxes, 3);
    let taken: unknown;
    void sandboxes.acquire(HOST, LIMITS, AT_ONCE).then((sandbox) => {
      taken = sandbox;
    });
    await Promise.resolve();
    expect(taken).toBeDefined();
    const others = await Promise.all([1, 2, 3, 4].map(() => sandboxes.acquire(HOST, LIMITS, AT_ONCE)));
    expect(new Set([taken, ...others]).size).toBe(5);
    expect(sandboxes.stats.inUse).toBe(5);
    for (const sandbox of [...driver.alive]) await sandbox.destroy();
    expect(sandboxes.stats.inUse).toBe(0);
  });

  it('sets limits only when they differ from those that ready sandboxes have', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver);
    const usual = (await sandboxes.acquire(HOST, {...LIMITS}, AT_ONCE)) as CountedSandbox;
    const other = (await sandboxes.acquire(HOST, {...LIMITS, cpuCount: 1}, AT_ONCE)) as CountedSandbox;
    expect(usual.configuredWith).toEqual([]);
    expect(other.configuredWith).toEqual([{...LIMITS, cpuCount: 1}]);
  });

  it('destroys a sandbox whose limits could not be set, and says why', async () => {
    const driver = new CountedDriver();
    driver.configureFailure = new SandglassError('isolation-failed', 'no');
    await using sandboxes = pool(driver, {floor: 0});
    await expect(sandboxes.acquire(HOST, {...LIMITS, cpuCount: 1}, AT_ONCE)).rejects.toMatchObject({
      code: 'isolation-failed',
    });
    expect(driver.alive.size).toBe(0);
  });

  it('makes sandboxes of an unusual kind on demand and keeps none of them ready', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 1});
    const sandbox = await sandboxes.acquire(
      {image: 'host', network: {allow: ['a.example']}},
      LIMITS,
      AT_ONCE,
    );
    expect(sandbox.kind.network).toEqual({allow: ['a.example']});
    await untilReady(sandboxes, 1);
    expect([...driver.alive].filter((each) => each.kind !== HOST)).toEqual([sandbox]);
  });

  it('never lets more sandboxes live than allowed, and serves waiting callers in order', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 2, maxSandboxes: 3});
    const held = await Promise.all([1, 2, 3].map(() => sandboxes.acquire(HOST, LIMITS, AT_ONCE)));
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const sandbox = await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
      order.push(number);
      return sandbox;
    });
    expect(sandboxes.stats).toMatchObject({inUse: 3, waiting: 2});
    for (const sandbox of held) {
      await sandbox.destroy();
      expect(driver.alive.size).toBeLessThanOrEqual(3);
    }
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
  });

  it('gives an idle sandbox of another kind up when somebody waits for its place', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 2, maxSandboxes: 2});
    await untilReady(sandboxes, 2);
    const sandbox = await sandboxes.acquire(OTHER, LIMITS, AT_ONCE);
    expect(sandbox.kind).toBe(OTHER);
    expect(driver.alive.size).toBe(2);
  });

  it('answers server-full with Retry-After after a bounded wait', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {maxSandboxes: 1, maxWaitMs: 30});
    await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    await expect(sandboxes.acquire(HOST, LIMITS, AT_ONCE)).rejects.toMatchObject({
      code: 'server-full',
      retryAfterSeconds: 1,
    });
    expect(sandboxes.stats.waiting).toBe(0);
  });

  it('forgets a caller that lost interest; the sandbox goes to the next', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {maxSandboxes: 1});
    const held = await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    const interest = new AbortController();
    const lost = sandboxes.acquire(HOST, LIMITS, {signal: interest.signal});
    const next = sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    interest.abort(new Error('not interested'));
    await expect(lost).rejects.toThrow('not interested');
    await held.destroy();
    expect((await next).gone.aborted).toBe(false);
    expect(sandboxes.stats).toMatchObject({inUse: 1, waiting: 0});
  });

  it('answers waiting callers when the pool is closed', async () => {
    const driver = new CountedDriver();
    const sandboxes = pool(driver, {maxSandboxes: 1});
    const held = await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    const refused = expect(sandboxes.acquire(HOST, LIMITS, AT_ONCE)).rejects.toMatchObject({
      code: 'shutting-down',
    });
    await sandboxes[Symbol.asyncDispose]();
    await refused;
    expect(held.gone.aborted).toBe(false);
  });
});

describe('a pool whose driver fails', () => {
  it('tells the caller at once what can never be made', async () => {
    const driver = new CountedDriver();
    driver.failure = new SandglassError('isolation-failed', 'unknown image');
    await using sandboxes = pool(driver, {floor: 0});
    await expect(sandboxes.acquire(HOST, LIMITS, AT_ONCE)).rejects.toThrow('unknown image');
  });

  it('lets callers wait out the restart of a launcher', async () => {
    const driver = new CountedDriver();
    driver.failure = new SandglassError('launcher-lost', 'restarting');
    await using sandboxes = pool(driver);
    const waiting = sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    await vi.waitFor(() => expect(driver.mostAtOnce).toBeGreaterThan(0));
    driver.failure = null;
    expect((await waiting).gone.aborted).toBe(false);
  });

  it('says why when the restart takes longer than a caller may wait, and asks the driver ever less often', async () => {
    const driver = new CountedDriver();
    let asked = 0;
    const create = driver.create.bind(driver);
    driver.create = (...parts) => {
      asked += 1;
      return create(...parts);
    };
    driver.failure = new SandglassError('launcher-lost', 'restarting');
    await using sandboxes = pool(driver, {maxWaitMs: 400});
    await expect(sandboxes.acquire(HOST, LIMITS, AT_ONCE)).rejects.toMatchObject({code: 'launcher-lost'});
    expect(asked).toBeLessThanOrEqual(8);
  });
});

describe('a pool while runs are answered', () => {
  /** Time enough for whatever a pool would begin at once. */
  const aMoment = () => new Promise((resolve) => setTimeout(resolve, 30));

  it('makes nothing ahead until they are over, as that would take the processor from them', async () => {
    const clock = {nowMs: 0};
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 4, now: () => clock.nowMs});
    await untilReady(sandboxes, 4);
    clock.nowMs += 1000;
    const sandbox = await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    await aMoment();
    expect(driver.created).toBe(4);
    await sandbox.destroy();
    clock.nowMs += 11;
    await untilReady(sandboxes, 4);
    expect(driver.created).toBe(5);
  });

  it('fills up all the same when half of its sandboxes are taken', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 4, now: () => 0});
    await untilReady(sandboxes, 4);
    for (let taken = 0; taken < 3; taken += 1) await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    await untilReady(sandboxes, 2);
  });

  it('does not wait for the end of long ones', async () => {
    const clock = {nowMs: 0};
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 4, now: () => clock.nowMs});
    await untilReady(sandboxes, 4);
    await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
    clock.nowMs += 251;
    await untilReady(sandboxes, 4);
    expect(sandboxes.stats.inUse).toBe(1);
  });

  it('is full again even when one follows the other without a pause', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 6});
    await untilReady(sandboxes, 6);
    let isOver = false;
    const users = (async () => {
      while (!isOver) {
        await using _ = await sandboxes.acquire(HOST, LIMITS, AT_ONCE);
        await aMoment();
      }
    })();
    await vi.waitFor(() => expect(sandboxes.stats.ready).toBeLessThan(6), {interval: 1});
    await vi.waitFor(() => expect(sandboxes.stats.ready).toBeGreaterThanOrEqual(6), {interval: 1});
    isOver = true;
    await users;
  });
});

describe('a pool under changing load', () => {
  afterEach(() => vi.useRealTimers());

  it('keeps as many ready as the last burst needed, up to the ceiling, and shrinks to the floor after a quiet time', async () => {
    vi.useFakeTimers({toFake: ['setInterval', 'clearInterval']});
    const clock = {nowMs: 0};
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 2, ceiling: 10, now: () => clock.nowMs});
    await untilReady(sandboxes, 2);
    for (const count of [6, 20]) {
      const burst = await Promise.all(
        Array.from({length: count}, () => sandboxes.acquire(HOST, LIMITS, AT_ONCE)),
      );
      for (const sandbox of burst) await sandbox.destroy();
      clock.nowMs += 50;
      await untilReady(sandboxes, Math.min(count, 10));
      clock.nowMs += 1000;
    }
    clock.nowMs += 600_000;
    expect(sandboxes.stats.target).toBe(2);
    vi.advanceTimersByTime(2000);
    expect(sandboxes.stats.ready).toBe(8);
    vi.advanceTimersByTime(60_000);
    expect(sandboxes.stats.ready).toBe(2);
  });
});
