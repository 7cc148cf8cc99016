import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {TarItem} from '../support/make-tar.ts';
import {openStoreLab, type StoreLab} from '../support/store-lab.ts';

const BASE: readonly TarItem[] = [
  {name: 'etc/', type: '5', mode: 0o755},
  {name: 'etc/one', content: '1'},
  {name: 'etc/two', content: '2'},
  {name: 'etc/deep/three', content: '3'},
];

describe('A layer over another', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  it.each<[string, TarItem[], string[]]>([
    ['takes a file away', [{name: 'etc/.wh.one'}], ['deep', 'deep/three', 'two']],
    ['takes a folder away with all that is in it', [{name: 'etc/.wh.deep'}], ['one', 'two']],
    ['empties a folder that it declares opaque', [{name: 'etc/.wh..wh..opq'}], []],
    [
      'keeps its own files in an opaque folder, whichever comes first',
      [{name: 'etc/own', content: 'o'}, {name: 'etc/.wh..wh..opq'}, {name: 'etc/later', content: 'l'}],
      ['later', 'own'],
    ],
    [
      'keeps its own file of a name that it takes away below',
      [{name: 'etc/one', content: 'new'}, {name: 'etc/.wh.one'}],
      ['deep', 'deep/three', 'one', 'two'],
    ],
    [
      'keeps its own files in a folder that it takes away below',
      [{name: 'etc/deep/own', content: 'o'}, {name: 'etc/.wh.deep'}],
      ['deep', 'deep/own', 'one', 'two'],
    ],
    [
      'takes away what is not there without a word',
      [{name: 'etc/.wh.none'}],
      ['deep', 'deep/three', 'one', 'two'],
    ],
    [
      'leaves bookkeeping of old file systems behind',
      [{name: 'etc/.wh..wh.plnk', type: '5'}],
      ['deep', 'deep/three', 'one', 'two'],
    ],
  ])('%s', async (_title, items, expected) => {
    const {rootDir} = await lab.keep('image', [BASE, items]);
    expect((await readdir(join(rootDir, 'etc'), {recursive: true})).sort()).toEqual(expected);
  });

  it('gives a second name to a file of the layer below', async () => {
    const {rootDir} = await lab.keep('image', [BASE, [{name: 'etc/again', type: '1', linkName: 'etc/one'}]]);
    expect(await readFile(join(rootDir, 'etc/again'), 'utf8')).toBe('1');
  });

  it('makes the same digest as one layer with the same files', async () => {
    const two = await lab.keep('two', [BASE, [{name: 'etc/.wh.two'}, {name: 'etc/.wh.deep'}]]);
    const one = await lab.keep('one', [
      [
        {name: 'etc/', type: '5', mode: 0o755},
        {name: 'etc/one', content: '1'},
      ],
    ]);
    expect(two.digest).toBe(one.digest);
    expect(await readdir(join(lab.store.folder, 'trees'))).toContain(one.digest.slice('sha256:'.length));
  });
});
