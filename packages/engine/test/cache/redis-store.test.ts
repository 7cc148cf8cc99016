import {Redis} from 'ioredis';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {RedisService} from '../../../../tests/services/redis-service.ts';
import {describeWith} from '../../../../tests/services/wanted.ts';
import {contentKey} from '../../src/cache/content-key.ts';
import {openSharedStore} from '../../src/cache/open-shared-store.ts';
import {RedisStore} from '../../src/cache/redis-store.ts';

const SECRET = 'a secret of more than thirty-two characters';
const KEY = contentKey(['some sources']);
const PROGRAM = Buffer.from('\x7fELF, as it were');

function collectingLog() {
  const messages: string[] = [];
  const add = (_: object, message: string) => void messages.push(message);
  return {messages, log: {info: add, warn: add, error: add}};
}

describeWith(['redis-server'], 'compiled programs in Redis', () => {
  let redis: RedisService;
  let plain: Redis;
  beforeAll(async () => {
    redis = await RedisService.start();
    plain = new Redis(redis.url);
    plain.on('error', () => undefined);
  });
  afterAll(async () => {
    plain.disconnect();
    await redis[Symbol.asyncDispose]();
  });

  async function worker(differences: Partial<ConstructorParameters<typeof RedisStore>[0]> = {}) {
    const {messages, log} = collectingLog();
    const store = new RedisStore({url: redis.url, secret: SECRET, maxBytes: 1_000_000, log, ...differences});
    const probe = contentKey([`probe ${Math.random()}`]);
    await expect
      .poll(async () => {
        await store.write(probe, [Buffer.from('x')]);
        return await store.read(probe);
      })
      .not.toBeNull();
    return {store, messages, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]()};
  }

  it('are found by every worker with the same secret', async () => {
    await using one = await worker();
    await using other = await worker();
    expect(await other.store.read(KEY)).toBeNull();
    await one.store.write(KEY, [PROGRAM.subarray(0, 4), PROGRAM.subarray(4)]);
    expect(await other.store.read(KEY)).toEqual(PROGRAM);
  });

  it('are not taken from somebody who can write to Redis but has no secret', async () => {
    await using one = await worker();
    await one.store.write(KEY, [PROGRAM]);
    const record = `{sandglass-compiled}:r:${KEY}`;
    const genuine = (await plain.getBuffer(record)) ?? Buffer.alloc(0);
    const other = contentKey(['other sources']);
    await plain.set(`{sandglass-compiled}:r:${other}`, genuine);
    expect(await one.store.read(other)).toBeNull();
    for (const forged of [Buffer.from('#!/bin/sh\nevil'), genuine.subarray(1), Buffer.alloc(0)]) {
      await plain.set(record, forged);
      expect(await one.store.read(KEY)).toBeNull();
    }
    await using stranger = await worker({secret: 'a secret that somebody else made up for himself'});
    await stranger.store.write(KEY, [Buffer.from('evil')]);
    expect(await one.store.read(KEY)).toBeNull();
    expect(one.messages.every((message) => message.includes('not written with our secret'))).toBe(true);
    await plain.lpush('{sandglass-compiled}:r:list', 'x');
    await plain.del(record);
    await plain.lpush(record, 'not even a string');
    expect(await one.store.read(KEY)).toBeNull();
    await plain.del(record);
  });

  it('stay within their bound, and the ones used the longest ago go first', async () => {
    await plain.flushall();
    await using one = await worker({maxBytes: 10_000});
    const keys = Array.from({length: 12}, (_, index) => contentKey([`program ${index}`]));
    for (const key of keys) {
      await one.store.write(key, [Buffer.alloc(1500, key)]);
      // What is read in between stays in use.
      expect(await one.store.read(keys[0] ?? '')).not.toBeNull();
    }
    const kept = await Promise.all(keys.map(async (key) => (await one.store.read(key)) !== null));
    expect(kept[0]).toBe(true);
    expect(kept.at(-1)).toBe(true);
    expect(kept.filter(Boolean).length).toBeLessThanOrEqual(6);
    const records = await plain.keys('{sandglass-compiled}:r:*');
    const bytes = await Promise.all(records.map((record) => plain.strlen(record)));
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(10_000);
    expect(await plain.hget('{sandglass-compiled}:sizes', 'total')).toBe(
      String(bytes.reduce((a, b) => a + b, 0)),
    );
  });

  it('are not written when one alone passes the bound', async () => {
    await using one = await worker({maxBytes: 10_000});
    await one.store.write(KEY, [Buffer.alloc(20_000)]);
    expect(await one.store.read(KEY)).toBeNull();
  });

  it('do without a Redis that dies, say so once, and find it again', async () => {
    await using one = await worker();
    await one.store.write(KEY, [PROGRAM]);
    await redis.kill();
    for (let times = 0; times < 3; times++) {
      expect(await one.store.read(KEY)).toBeNull();
      await one.store.write(KEY, [PROGRAM]);
    }
    await expect
      .poll(() => one.messages.filter((message) => message.includes('does not answer')))
      .toHaveLength(1);
    await redis.restart();
    // What was answered in the last moment before a kill need not have reached Redis' file.
    await expect
      .poll(async () => {
        await one.store.write(KEY, [PROGRAM]);
        return await one.store.read(KEY);
      })
      .toEqual(PROGRAM);
    await expect.poll(() => one.messages.at(-1)).toContain('again');
  });

  it('are of no use to a worker with other libraries, as the key says', async () => {
    const {log} = collectingLog();
    await using store = openSharedStore({url: redis.url, secret: SECRET}, log);
    await using bare = await worker();
    await expect
      .poll(async () => {
        await store.write(KEY, [Buffer.from('made here')]);
        return await store.read(KEY);
      })
      .toEqual(Buffer.from('made here'));
    expect(await bare.store.read(KEY)).not.toEqual(Buffer.from('made here'));
  });

  it.each([
    ['a short secret', {url: 'redis://localhost', secret: 'short'}, /at least 32/],
    ['another kind of server', {url: 'http://localhost', secret: SECRET}, /redis:\/\//],
  ])('are not shared with %s', (_, options, message) => {
    expect(() => openSharedStore(options, collectingLog().log)).toThrow(message);
  });
});
