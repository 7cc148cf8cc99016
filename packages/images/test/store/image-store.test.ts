import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {ImageStore} from '../../src/store/image-store.ts';
import {CHANGE, openStoreLab, type StoreLab} from '../support/store-lab.ts';

describe('The image store', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const shared = {name: 'lib', content: 'shared'};

  it('has equal files of different images once on the disk, and one tree for equal images', async () => {
    const a = await lab.keep('a', [[shared, {name: 'own', content: 'a'}]]);
    const b = await lab.keep('b', [[shared, {name: 'own', content: 'b'}]]);
    const c = await lab.keep('c', [[shared, {name: 'own', content: 'b'}]]);
    expect((await stat(join(a.rootDir, 'lib'))).ino).toBe((await stat(join(b.rootDir, 'lib'))).ino);
    expect(c.digest).toBe(b.digest);
    expect(await readdir(join(lab.store.folder, 'trees'))).toHaveLength(2);
  });

  it('removes with an image only what no other image has', async () => {
    await lab.keep('a', [[shared, {name: 'own', content: 'only in a'}]]);
    const b = await lab.keep('b', [[shared]]);
    await lab.keep('also-b', [[shared]]);
    expect(await lab.store.remove('a', CHANGE)).toEqual({trees: 1, objects: 1, bytes: 'only in a'.length});
    expect(await lab.store.remove('also-b', CHANGE)).toEqual({trees: 0, objects: 0, bytes: 0});
    expect(await readFile(join(b.rootDir, 'lib'), 'utf8')).toBe('shared');
    await lab.store.remove('b', CHANGE);
    expect(await readdir(join(lab.store.folder, 'trees'))).toEqual([]);
  });

  it('keeps a replaced image until it is pruned, as programs may still run in it', async () => {
    const before = await lab.keep('a', [[shared]]);
    await lab.keep('a', [[{name: 'other', content: 'o'}]]);
    expect(await readFile(join(before.rootDir, 'lib'), 'utf8')).toBe('shared');
    expect(await lab.store.prune(CHANGE)).toMatchObject({trees: 1, objects: 1});
    expect(await lab.store.list()).toHaveLength(1);
  });

  it.each(['Upper', 'a/b', '..', 'a'.repeat(65), '-a', '', 'host'])('refuses the name %j', async (name) => {
    await expect(lab.keep(name, [[shared]])).rejects.toMatchObject({code: 'invalid-request'});
  });

  it('names the images that there are when it has none of a name', async () => {
    await lab.keep('python', [[shared]]);
    await expect(lab.store.get('pyton')).rejects.toMatchObject({
      code: 'unknown-image',
      message: 'No image is called "pyton". Did you mean "python"? There are: python.',
    });
    await expect(lab.store.get('../python')).rejects.toMatchObject({code: 'unknown-image'});
  });

  it.each([
    ['that it did not write', '{"format":1,"digest":"../../etc"}'],
    ['that is cut off', '{"format":1,'],
    ['that is empty', ''],
  ])('refuses a record %s, and says what to do', async (_title, text) => {
    await lab.keep('python', [[shared]]);
    await writeFile(join(lab.store.folder, 'names/python.json'), text);
    await expect(lab.store.get('python')).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(/names\/python\.json: .*make the image again/),
    });
  });

  it('lets one build at a time change it, and tells the other that it waits', async () => {
    const order: string[] = [];
    const waits = Promise.withResolvers<void>();
    const first = lab.store.change(CHANGE, async () => {
      order.push('first begins');
      await waits.promise;
      order.push('first ends');
    });
    await expect.poll(() => order).toEqual(['first begins']);
    const second = new ImageStore(lab.store.folder).change(
      {...CHANGE, onWait: () => waits.resolve()},
      async () => {
        order.push('second');
      },
    );
    await Promise.all([first, second]);
    expect(order).toEqual(['first begins', 'first ends', 'second']);
  });

  it('gives up waiting when asked to', async () => {
    const stop = new AbortController();
    const began = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const first = lab.store.change(CHANGE, () => {
      began.resolve();
      return held.promise;
    });
    await began.promise;
    const second = lab.store.change(
      {onWait: () => stop.abort(new Error('enough')), signal: stop.signal},
      async () => undefined,
    );
    await expect(second).rejects.toThrow('enough');
    held.resolve();
    await first;
  });

  it('removes what a build left that was killed, and its lock is free', async () => {
    await lab.keep('a', [[shared]]);
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'children/hold-draft.ts'), lab.store.folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    expect(await readdir(join(lab.store.folder, 'drafts'))).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const contents = () => readdir(join(lab.store.folder, 'objects'));
    expect(await contents()).toHaveLength(2);
    // Before it does anything of its own: after a power cut they may not be what their names say.
    await lab.store.change(CHANGE, async ({draft}) => {
      expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([basename(draft)]);
      expect(await contents()).toHaveLength(1);
    });
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
    expect(await lab.store.list()).toHaveLength(1);
  });
});
