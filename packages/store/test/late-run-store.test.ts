import {join} from 'node:path';
import {LateRunStore, type NewRun, SqliteRunStore} from '@sandglass/store';
import {describe, expect, test, vi} from 'vitest';
import {sampleResult, sampleRun} from './contract/sample-runs.ts';
import {describeStoreContract} from './contract/store-contract.ts';
import {makeTemporaryFolder} from './sqlite/temporary-folder.ts';

const STARTED = '2026-01-31T12:00:00.250Z';
const FINISHED = '2026-01-31T12:00:01.000Z';
const FIRST_PAGE = {filter: {}, cursor: null, limit: 10};

describeStoreContract('one that may learn of runs late', async () => {
  const folder = await makeTemporaryFolder();
  return {
    open: async () => new LateRunStore(await SqliteRunStore.open({path: join(folder.path, 'sandglass.db')})),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

describe('an announced run', () => {
  async function withStore(
    use: (store: LateRunStore, behind: SqliteRunStore) => Promise<void>,
  ): Promise<void> {
    await using folder = await makeTemporaryFolder();
    const behind = await SqliteRunStore.open({path: join(folder.path, 'sandglass.db')});
    await using store = new LateRunStore(behind);
    await use(store, behind);
  }

  const announced = (store: LateRunStore, run: NewRun = sampleRun('a')) => {
    const onFailure = vi.fn();
    store.announce(run, onFailure);
    return onFailure;
  };

  test('is written once, with its end', () =>
    withStore(async (store, behind) => {
      const accept = vi.spyOn(behind, 'accept');
      announced(store);
      expect(await store.start('a', 1, STARTED)).toBe(true);
      expect(await store.finish('a', 1, sampleResult(), FINISHED)).toBe(true);
      expect((await behind.get('a', 'local'))?.run).toMatchObject({
        state: 'finished',
        startedAt: STARTED,
        attempts: 1,
      });
      expect(accept).not.toHaveBeenCalled();
    }));

  test('is written when it takes longer than a moment', () =>
    withStore(async (store, behind) => {
      announced(store);
      await store.start('a', 1, STARTED);
      await vi.waitFor(async () =>
        expect((await behind.get('a', 'local'))?.run).toMatchObject({state: 'running', attempts: 1}),
      );
      expect(await store.finish('a', 1, sampleResult(), FINISHED)).toBe(true);
      expect((await behind.get('a', 'local'))?.run.state).toBe('finished');
    }));

  test('is there for whoever looks', () =>
    withStore(async (store) => {
      announced(store);
      expect((await store.get('a', 'local'))?.run.state).toBe('queued');
      announced(store, sampleRun('b'));
      expect((await store.list('local', FIRST_PAGE)).runs.map(({id}) => id).sort()).toEqual(['a', 'b']);
      announced(store, sampleRun('c'));
      expect(await store.countUnfinished()).toBe(3);
    }));

  test('is durable once confirmed', () =>
    withStore(async (store, behind) => {
      announced(store);
      await store.confirm('a');
      expect((await behind.get('a', 'local'))?.run.state).toBe('queued');
      await store.confirm('a');
      await store.confirm('unknown');
    }));

  test('is gone once withdrawn', () =>
    withStore(async (store) => {
      announced(store);
      store.withdraw('a');
      expect(await store.get('a', 'local')).toBeNull();
    }));

  test('is fenced by its attempt like any other', () =>
    withStore(async (store) => {
      announced(store);
      expect(await store.start('a', 1, STARTED)).toBe(true);
      expect(await store.start('a', 1, STARTED)).toBe(false);
      expect(await store.start('a', 2, FINISHED)).toBe(true);
      expect(await store.finish('a', 1, sampleResult(), FINISHED)).toBe(false);
      expect(await store.finish('a', 2, sampleResult(), FINISHED)).toBe(true);
      expect((await store.get('a', 'local'))?.run).toMatchObject({attempts: 2, startedAt: STARTED});
    }));

  test('tells when it cannot be stored, and its end can be tried again', () =>
    withStore(async (store, behind) => {
      const onFailure = announced(store);
      vi.spyOn(behind, 'accept').mockRejectedValueOnce(new Error('disk full'));
      await expect(store.confirm('a')).rejects.toThrow('disk full');
      expect(onFailure).toHaveBeenCalledOnce();
      announced(store, sampleRun('b'));
      vi.spyOn(behind, 'record').mockRejectedValueOnce(new Error('disk full'));
      await expect(store.finish('b', 1, sampleResult(), FINISHED)).rejects.toThrow('disk full');
      expect(await store.finish('b', 1, sampleResult(), FINISHED)).toBe(true);
    }));

  test('is written out when the store is closed', async () => {
    await using folder = await makeTemporaryFolder();
    const path = join(folder.path, 'sandglass.db');
    const store = new LateRunStore(await SqliteRunStore.open({path}));
    announced(store);
    await store[Symbol.asyncDispose]();
    await using again = await SqliteRunStore.open({path});
    expect((await again.get('a', 'local'))?.run.state).toBe('queued');
  });
});
