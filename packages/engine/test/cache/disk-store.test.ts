import {fork} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdir, readdir, readFile, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {contentKey} from '../../src/cache/content-key.ts';
import {DiskStore} from '../../src/cache/disk-store.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const KEY = contentKey(['key']);
const ROOM = {maxBytes: 1024 * 1024};

const pathOf = (folder: string, key: string) => join(folder, key.slice(0, 2), key.slice(2));

async function recordFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('DiskStore', () => {
  it('gives back what was written, also to a store opened later', async () => {
    await using folder = await temporaryFolder();
    const store = await DiskStore.open(folder.path, ROOM);
    await store.write(KEY, [Buffer.from('one '), Buffer.from('two')]);
    const later = await DiskStore.open(folder.path, ROOM);
    expect((await later.read(KEY))?.toString()).toBe('one two');
    expect(await later.read(contentKey(['other']))).toBeNull();
  });

  it.each([
    ['a changed byte', (record: Buffer) => Buffer.concat([record.subarray(0, -1), Buffer.from('X')])],
    ['a cut end', (record: Buffer) => record.subarray(0, -1)],
    ['a cut header', (record: Buffer) => record.subarray(0, 5)],
    ['nothing in it', () => Buffer.alloc(0)],
  ])('drops a record with %s', async (_, damage) => {
    await using folder = await temporaryFolder();
    const store = await DiskStore.open(folder.path, ROOM);
    await store.write(KEY, [Buffer.from('content')]);
    const path = pathOf(folder.path, KEY);
    await writeFile(path, damage(await readFile(path)));
    expect(await store.read(KEY)).toBeNull();
    expect(await recordFiles(folder.path)).toEqual([]);
  });

  it('does not take a record that lies under another key', async () => {
    await using folder = await temporaryFolder();
    const store = await DiskStore.open(folder.path, ROOM);
    await store.write(KEY, [Buffer.from('content')]);
    const other = contentKey(['other']);
    await mkdir(join(folder.path, other.slice(0, 2)), {recursive: true});
    await writeFile(pathOf(folder.path, other), await readFile(pathOf(folder.path, KEY)));
    expect(await store.read(other)).toBeNull();
  });

  it('removes what was not used the longest once its bound is passed', async () => {
    await using folder = await temporaryFolder();
    const store = await DiskStore.open(folder.path, {maxBytes: 10_000});
    const keys = Array.from({length: 12}, (_, index) => contentKey([String(index)]));
    for (const [index, key] of keys.entries()) {
      await store.write(key, [Buffer.alloc(900)]);
      // An hour apart, the first the oldest; all of them before now.
      const usedAt = new Date(Date.now() - (100 - index) * 3_600_000);
      await utimes(pathOf(folder.path, key), usedAt, usedAt);
      if (index === 5) await store.read(keys[0] ?? '');
    }
    await store.write(KEY, [Buffer.alloc(1300)]);
    const kept = await Promise.all(keys.map(async (key) => (await store.read(key)) !== null));
    expect(kept[0]).toBe(true);
    expect(kept.slice(1, 4)).toEqual([false, false, false]);
    expect(kept.at(-1)).toBe(true);
    expect((await recordFiles(folder.path)).length).toBeLessThanOrEqual(11);
  });

  it('removes temporary files that nobody finished, and leaves fresh ones alone', async () => {
    await using folder = await temporaryFolder();
    const store = await DiskStore.open(folder.path, ROOM);
    await mkdir(join(folder.path, 'ab'));
    const [stale, fresh] = [join(folder.path, 'ab', 'stale.tmp'), join(folder.path, 'ab', 'fresh.tmp')];
    for (const path of [stale, fresh]) await writeFile(path, 'half');
    const before = new Date(Date.now() - 2 * 3_600_000);
    await utimes(stale, before, before);
    await store.write(KEY, [Buffer.from('content')]);
    expect((await recordFiles(join(folder.path, 'ab'))).includes('stale.tmp')).toBe(false);
    expect((await stat(fresh)).isFile()).toBe(true);
  });

  it('refuses a folder that others can write to', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o777);
    await expect(DiskStore.open(folder.path, ROOM)).rejects.toMatchObject({code: 'configuration-invalid'});
  });

  it('shows whole records or nothing to readers while several processes write and sweep', async () => {
    await using folder = await temporaryFolder();
    const writers = [1, 2, 3].map(() =>
      fork(join(import.meta.dirname, '../support/write-records.ts'), [folder.path]),
    );
    const ended = Promise.all(writers.map((writer) => once(writer, 'exit')));
    const store = await DiskStore.open(folder.path, {maxBytes: 200_000});
    let isOver = false;
    ended.finally(() => {
      isOver = true;
    });
    let found = 0;
    while (!isOver) {
      for (let index = 0; index < 20; index++) {
        const content = await store.read(contentKey([String(index)]));
        if (content === null) continue;
        found++;
        expect(content.equals(Buffer.alloc(20_000, index))).toBe(true);
      }
    }
    expect((await ended).map(([code]) => code)).toEqual([0, 0, 0]);
    expect(found).toBeGreaterThan(0);
  });
});
