import {chmod, mkdir, readFile, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {PreparedFolder} from '../../src/prepare/prepared-folder.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const open = (path: string, {maxBytes = 1000, identities = {} as Record<string, string>} = {}) =>
  PreparedFolder.open(path, {maxBytes, identify: (input) => identities[input] ?? null});

const text = (content: string) => async (file: {write(data: Buffer): Promise<unknown>}) => {
  await file.write(Buffer.from(content));
};

describe('the folder of prepared files', () => {
  it('has a target once it is complete, for other processes and later starts as well', async () => {
    await using folder = await temporaryFolder();
    const prepared = await open(folder.path, {identities: {'/a.h': '1'}});
    expect(prepared.has('headers/a.gch/x')).toBe(false);
    await prepared.add('headers/a.gch/x', ['/a.h'], text('content'));
    expect(prepared.has('headers/a.gch/x')).toBe(true);
    expect(await readFile(join(prepared.files, 'headers/a.gch/x'), 'utf8')).toBe('content');
    const later = await open(folder.path, {identities: {'/a.h': '1'}});
    expect(later.has('headers/a.gch/x')).toBe(true);
  });

  it('can be read by every user, whatever the mask', async () => {
    await using folder = await temporaryFolder();
    const mask = process.umask(0o077);
    try {
      const prepared = await open(folder.path);
      await prepared.add('java/x.jsa', [], text('content'));
      const modes = ['', 'java', 'java/x.jsa'].map(
        async (path) => (await stat(join(prepared.files, path))).mode & 0o777,
      );
      expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o644]);
    } finally {
      process.umask(mask);
    }
  });

  it.each([
    ['changed', {'/a.h': '2'}],
    ['gone', {}],
  ])('drops a target at the next start when what it was made from is %s', async (_, identities) => {
    await using folder = await temporaryFolder();
    const prepared = await open(folder.path, {identities: {'/a.h': '1'}});
    await prepared.add('x', ['/a.h'], text('old'));
    const later = await open(folder.path, {identities});
    expect(later.has('x')).toBe(false);
    await expect(stat(join(later.files, 'x'))).rejects.toThrow('ENOENT');
  });

  it('drops what a start that was cut off left behind', async () => {
    await using folder = await temporaryFolder();
    const prepared = await open(folder.path);
    await writeFile(join(prepared.files, 'without-note'), 'x');
    await writeFile(join(folder.path, 'draft-1'), 'x');
    await writeFile(join(folder.path, 'notes/half.json'), '{"target": "ha');
    const later = await open(folder.path);
    expect(later.has('without-note')).toBe(false);
    for (const name of ['files/without-note', 'draft-1', 'notes/half.json'])
      await expect(stat(join(folder.path, name)), name).rejects.toThrow('ENOENT');
  });

  it('leaves nothing of a target whose writing fails', async () => {
    await using folder = await temporaryFolder();
    const prepared = await open(folder.path);
    const failing = prepared.add('x', [], () => Promise.reject(new Error('no more')));
    await expect(failing).rejects.toThrow('no more');
    expect(prepared.has('x')).toBe(false);
    const later = await open(folder.path);
    expect(later.has('x')).toBe(false);
  });

  it('keeps to its size by dropping what was used the longest ago', async () => {
    await using folder = await temporaryFolder();
    const prepared = await open(folder.path, {maxBytes: 25});
    const usedAt = async (target: string, seconds: number) => {
      await prepared.add(target, [], text('0123456789'));
      await utimes(join(folder.path, 'notes', `${target}.json`), seconds, seconds);
    };
    await usedAt('one', 1000);
    await usedAt('two', 2000);
    await prepared.touch('one');
    await usedAt('three', 3000);
    expect(['one', 'two', 'three'].map((target) => prepared.has(target))).toEqual([true, false, true]);
  });

  it('refuses a folder that others may write to', async () => {
    await using folder = await temporaryFolder();
    const open777 = join(folder.path, 'open');
    await mkdir(open777);
    await chmod(open777, 0o777);
    await expect(open(open777)).rejects.toMatchObject({code: 'configuration-invalid'});
  });
});
