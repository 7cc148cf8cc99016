import {createPool, type PoolOptions, type RuntimeTemplate, type SandboxKind} from '@sandglass/sandbox';
import {describe, expect, it, vi} from 'vitest';
import {CountedDriver, type CountedSandbox} from './support/counted-driver.ts';

const LIMITS = {memoryBytes: 1, processes: 2, cpuCount: 3, diskBytes: 4};
const PLAIN: SandboxKind = {image: 'host', network: 'none'};
const AT_ONCE = {signal: undefined};
const MIB = 1024 * 1024;

function template(id: string, idleBytes = MIB): RuntimeTemplate {
  return {id, argv: [id], env: {}, library: '/prime.so', stopAt: ['main'], idleBytes};
}

const SNAKE: SandboxKind = {...PLAIN, prime: template('snake')};
const GEM: SandboxKind = {...PLAIN, prime: template('gem')};

function pool(driver: CountedDriver, options: Partial<PoolOptions> = {}, kinds = [SNAKE]) {
  const sandboxes = createPool(driver, {
    defaultLimits: LIMITS,
    kinds: [PLAIN],
    floor: 2,
    primedFloor: 1,
    ...options,
  });
  for (const kind of kinds) sandboxes.keepPrimed(kind);
  return sandboxes;
}

async function untilPrimed(sandboxes: ReturnType<typeof pool>, ready: number): Promise<void> {
  const count = () => sandboxes.primed.reduce((sum, each) => sum + each.ready, 0);
  await vi.waitFor(() => expect(count()).toBe(ready), {interval: 1});
}

async function untilReady(sandboxes: ReturnType<typeof pool>, ready: number): Promise<void> {
  await vi.waitFor(() => expect(sandboxes.stats).toMatchObject({ready, creating: 0}), {interval: 1});
}

describe('a pool with primed runtimes', () => {
  it('keeps one of each ready, beside as many plain sandboxes as ever', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {}, [SNAKE, GEM]);
    await untilPrimed(sandboxes, 2);
    await untilReady(sandboxes, 4);
    expect(sandboxes.primed).toEqual([
      {id: 'snake', ready: 1, target: 1, failure: null},
      {id: 'gem', ready: 1, target: 1, failure: null},
    ]);
  });

  it('hands a primed sandbox to whoever wants its runtime, and to nobody else', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver);
    await untilPrimed(sandboxes, 1);
    await untilReady(sandboxes, 3);
    const plain = (await sandboxes.acquire(PLAIN, LIMITS, AT_ONCE)) as CountedSandbox;
    const other = (await sandboxes.acquire(GEM, LIMITS, AT_ONCE)) as CountedSandbox;
    const primed = (await sandboxes.acquire(SNAKE, LIMITS, AT_ONCE)) as CountedSandbox;
    expect([plain.primedWith, other.primedWith, primed.primedWith]).toEqual([null, null, 'snake']);
    expect(sandboxes.stats.inUse).toBeGreaterThanOrEqual(3);
  });

  it('gives a plain sandbox to whoever wants a core of its own', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver);
    await untilPrimed(sandboxes, 1);
    const pinned = await sandboxes.acquire(SNAKE, {...LIMITS, pinnedCpu: 1}, AT_ONCE);
    expect((pinned as CountedSandbox).primedWith).toBeNull();
  });

  it('gives a plain sandbox at once where none is primed', async () => {
    const driver = new CountedDriver();
    driver.primingMs = 60_000;
    const sandboxes = pool(driver);
    await untilReady(sandboxes, 2);
    const sandbox = (await sandboxes.acquire(SNAKE, LIMITS, AT_ONCE)) as CountedSandbox;
    expect(sandbox.primedWith).toBeNull();
    driver.giveUpPriming();
    await sandboxes[Symbol.asyncDispose]();
  });

  it('says why a runtime cannot be primed, and serves as before', async () => {
    const driver = new CountedDriver();
    driver.primeFailure = new Error('no such library');
    const told: string[] = [];
    await using sandboxes = pool(driver, {onPrimeFailure: (id, reason) => told.push(`${id}: ${reason}`)});
    await vi.waitFor(() => expect(sandboxes.primed[0]?.failure).toBe('no such library'), {interval: 1});
    await untilReady(sandboxes, 2);
    expect(told).toEqual(['snake: no such library']);
    expect((await sandboxes.acquire(SNAKE, LIMITS, AT_ONCE)).id).not.toBe('');
  });

  it('primes no more than its memory allows, counting those that run their program', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {primedMemoryBytes: 2 * MIB});
    await untilPrimed(sandboxes, 1);
    const first = await sandboxes.acquire(SNAKE, LIMITS, AT_ONCE);
    await untilPrimed(sandboxes, 1);
    await sandboxes.acquire(SNAKE, LIMITS, AT_ONCE);
    await untilReady(sandboxes, 2);
    expect(sandboxes.primed[0]?.ready).toBe(0);
    await first.destroy();
    await untilPrimed(sandboxes, 1);
  });

  it('primes nothing when its memory is 0', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {primedMemoryBytes: 0});
    await untilReady(sandboxes, 2);
    expect(sandboxes.primed).toEqual([]);
  });

  it('replaces a primed sandbox that broke', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver);
    await untilPrimed(sandboxes, 1);
    for (const sandbox of [...driver.alive]) if (sandbox.primedWith !== null) sandbox.breakDown();
    expect(sandboxes.primed[0]?.ready).toBe(0);
    await untilPrimed(sandboxes, 1);
  });

  it('gives a primed sandbox up when somebody waits for its place', async () => {
    const driver = new CountedDriver();
    await using sandboxes = pool(driver, {floor: 1, maxSandboxes: 2});
    await untilPrimed(sandboxes, 1);
    await untilReady(sandboxes, 2);
    const both = await Promise.all([1, 2].map(() => sandboxes.acquire(PLAIN, LIMITS, AT_ONCE)));
    expect(new Set(both).size).toBe(2);
    expect(driver.alive.size).toBe(2);
  });

  it('leaves nothing behind when it is closed while it primes', async () => {
    const driver = new CountedDriver();
    driver.primingMs = 60_000;
    const sandboxes = pool(driver);
    await untilReady(sandboxes, 2);
    const closing = sandboxes[Symbol.asyncDispose]();
    driver.giveUpPriming();
    await closing;
    expect(driver.alive.size).toBe(0);
  });
});
