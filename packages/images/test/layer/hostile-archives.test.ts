import {lstat, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {DEFAULT_BOUNDS} from '../../src/bounds.ts';
import {pax, type TarItem} from '../support/make-tar.ts';
import {openStoreLab, type StoreLab} from '../support/store-lab.ts';

describe('an archive of a stranger', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const file = (name: string, content = 'x'): TarItem => ({name, content});

  it.each<[string, TarItem[], RegExp]>([
    ['an absolute path', [file('/etc/passwd')], /absolute/],
    ['a path with ..', [file('a/../../b')], /"\.\."/],
    ['a path that is ..', [{name: '..', type: '5'}], /"\.\."/],
    ['an absolute path in an extended header', [pax({path: '/etc/passwd'}), file('a')], /absolute/],
    ['a name with a control character', [file('a\u001b[2Jb')], /control characters/],
    ['a name with a line break', [file('a\nb')], /control characters/],
    ['a name that is not UTF-8', [{name: Buffer.from([0x61, 0xff, 0xfe])}], /not valid UTF-8/],
    ['a part of a name past 255 bytes', [pax({path: 'é'.repeat(128)}), file('a')], /longer than 255/],
    ['a path past 4095 bytes', [pax({path: 'a/'.repeat(2100)}), file('a')], /longer than 4095/],
    [
      'a file through a link to the root',
      [{name: 'out', type: '2', linkName: '/'}, file('out/etc/passwd')],
      /"out" is a link/,
    ],
    [
      'a file through a link to the parent',
      [{name: 'a/out', type: '2', linkName: '../../..'}, file('a/out/x')],
      /nothing is written through links/,
    ],
    [
      'a folder through a link',
      [
        {name: 'out', type: '2', linkName: '/tmp'},
        {name: 'out/a', type: '5'},
      ],
      /nothing is written through links/,
    ],
    [
      'a whiteout through a link',
      [{name: 'out', type: '2', linkName: '/tmp'}, file('out/.wh.a')],
      /nothing is written through links/,
    ],
    ['a file inside a file', [file('a'), file('a/b')], /"a" is a file/],
    ['a hard link out of the archive', [{name: 'a', type: '1', linkName: '/etc/passwd'}], /absolute/],
    ['a hard link upwards', [{name: 'a', type: '1', linkName: '../../etc/passwd'}], /"\.\."/],
    ['a hard link to nothing', [{name: 'a', type: '1', linkName: 'etc/passwd'}], /no file of the image/],
    [
      'a hard link through a link',
      [
        {name: 'out', type: '2', linkName: '/etc'},
        {name: 'a', type: '1', linkName: 'out/passwd'},
      ],
      /no file of the image/,
    ],
    ['a link target with a control character', [{name: 'a', type: '2', linkName: 'b\u0007'}], /link target/],
    ['a link without a target', [{name: 'a', type: '2'}], /link target/],
    ['a block device', [{name: 'sda', type: '4'}], /device/],
    ['a character device', [{name: 'etc/mem', type: '3'}], /device/],
    ['a named pipe', [{name: 'pipe', type: '6'}], /fifo/],
    ['an entry of unknown type', [{name: 'a', type: 'Z'}], /type "Z"/],
    ['a sparse file', [{name: 'a', type: 'S'}], /type "S"/],
    ['a sparse file of a newer tar', [pax({'GNU.sparse.major': '1'}), file('a')], /sparse/],
    ['a whiteout of the folder above', [file('a/.wh...')], /nothing that can be named/],
    ['a whiteout of nothing', [file('a/.wh.')], /nothing that can be named/],
    ['a wrong checksum', [{name: 'a', checksum: 1}], /checksum/],
    ['a file that is cut off', [{name: 'a', size: 1_000_000}], /ends in the middle/],
    ['an extended header that is cut off', [{name: 'x', type: 'x', content: '999 path=a\n'}], /malformed/],
    [
      'an extended header without end',
      [{name: 'x', type: 'x', size: 2 ** 32}],
      /extended header has 4294967296/,
    ],
  ])('is refused for %s, and nothing of it stays', async (_title, items, reason) => {
    await expect(lab.keep('bad', [items])).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(reason),
    });
    expect(await lab.store.list()).toEqual([]);
    expect(await filesBelow(lab.folder)).toEqual(['images/lock']);
  });

  it('is refused for a path that is too long below the folder of the store', async () => {
    await expect(
      lab.keep('deep', [[pax({path: 'a/'.repeat(2040)}), {name: 'a', type: '5'}]]),
    ).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(/longer than this file system takes/),
    });
    expect(await filesBelow(lab.folder)).toEqual(['images/lock']);
  });

  it('loses set-id bits, and devices where the driver puts its own', async () => {
    const {rootDir} = await lab.keep('plain', [
      [
        {name: 'su', mode: 0o6755},
        {name: 'tmp', type: '5', mode: 0o1777},
        {name: 'dev/null', type: '3'},
      ],
    ]);
    expect((await lstat(join(rootDir, 'su'))).mode & 0o7777).toBe(0o755);
    expect((await lstat(join(rootDir, 'tmp'))).mode & 0o7777).toBe(0o777);
    expect(await readdir(rootDir)).toEqual(['su', 'tmp']);
  });

  it('keeps links that lead outside as what they are: text', async () => {
    await writeFile(join(lab.folder, 'secret'), 'secret');
    const {rootDir} = await lab.keep('links', [
      [
        {name: 'out', type: '2', linkName: '../../../secret'},
        {name: 'abs', type: '2', linkName: '/etc/passwd'},
      ],
    ]);
    expect((await lstat(join(rootDir, 'out'))).isSymbolicLink()).toBe(true);
    expect((await lstat(join(rootDir, 'abs'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(lab.folder, 'secret'), 'utf8')).toBe('secret');
  });

  it('replaces a link by a folder of the same name instead of following it', async () => {
    const {rootDir} = await lab.keep('replaced', [
      [{name: 'bin', type: '2', linkName: '/usr/bin'}],
      [{name: 'bin', type: '5', mode: 0o755}, file('bin/tool')],
    ]);
    expect(await readFile(join(rootDir, 'bin/tool'), 'utf8')).toBe('x');
  });

  it.each([
    [
      'bytes',
      {...DEFAULT_BOUNDS, totalBytes: 10},
      [file('a', '123456'), file('b', '123456')],
      /more than 10 bytes/,
    ],
    ['entries', {...DEFAULT_BOUNDS, entries: 3}, [file('a/b/c/d')], /more than 3 entries/],
  ] as const)('is refused past the bound of %s', async (_title, bounds, items, reason) => {
    await expect(lab.keep('large', [items], bounds)).rejects.toThrow(reason);
  });

  it('is refused for second names of a file that would be too much as copies', async () => {
    const names = Array.from({length: 9}, (_, index) => ({name: `n${index}`, type: '1', linkName: 'a'}));
    const bounds = {...DEFAULT_BOUNDS, totalBytes: 1000};
    await expect(
      lab.keep('copies', [[file('a', 'x'.repeat(100)), ...names, ...names]], bounds),
    ).rejects.toThrow(/more than 1000 bytes/);
    expect((await lab.keep('names', [[file('a', 'x'.repeat(100)), ...names]], bounds)).bytes).toBe(1000);
  });

  it.each([
    ['folders', {name: 'a', type: '5'}],
    ['whiteouts', {name: 'a/.wh.b'}],
    ['files', {name: 'a', content: 'x'}],
  ] as const)('is refused for the same %s again and again', async (_title, item) => {
    const bounds = {...DEFAULT_BOUNDS, entries: 20};
    await expect(lab.keep('again', [Array(21).fill(item)], bounds)).rejects.toThrow(/more than 20 entries/);
  });

  it('is refused for a size that it only claims, before anything is read', async () => {
    await expect(
      lab.keep('claims', [[{name: 'a', size: 0o77777777777}]], {...DEFAULT_BOUNDS, totalBytes: 2 ** 32}),
    ).rejects.toThrow(/more than 4294967296 bytes/);
  });

  it('never writes outside of the store, whatever its entries say', async () => {
    await writeFile(join(lab.folder, 'canary'), 'canary');
    const plain = ['a', 'b', '.', '', 'etc', '.wh.a', '.wh..wh..opq', 'canary', 'é'];
    /** Entries of these parts and types; with nothing but plain ones most draws are kept. */
    const layersOf = (parts: readonly string[], types: readonly string[]) => {
      const part = fc.constantFrom(...parts);
      const name = fc.array(part, {minLength: 1, maxLength: 4}).map((drawn) => drawn.join('/'));
      const item = fc.record({
        name:
          parts === plain
            ? name
            : fc.oneof(
                name,
                name.map((text) => `/${text}`),
              ),
        type: fc.constantFrom(...types),
        linkName: fc.oneof(
          name.map((text) => text || 'a'),
          fc.constantFrom('/', '..', '../..', '../../../canary', '/etc/passwd'),
        ),
        mode: fc.constantFrom(0o644, 0o4755, 0o7777, 0),
        content: fc.constantFrom('', 'x', 'y'.repeat(2000)),
      });
      return fc.array(fc.array(item, {maxLength: 6}), {minLength: 1, maxLength: 3});
    };
    const layers = fc.oneof(
      layersOf(plain, ['0', '0', '2', '5', '5']),
      layersOf([...plain, '..', '.wh...', '\u0001'], ['0', '0', '1', '2', '2', '3', '5', '5', '6']),
    );
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(layers, async (drawn) => {
        try {
          const {rootDir, entries} = await lab.keep(
            'drawn',
            drawn.map((items) => items.map((each) => (each.type === '0' ? each : {...each, content: ''}))),
          );
          kept += 1;
          // With types, or Node follows links, round and round.
          expect(await readdir(rootDir, {recursive: true, withFileTypes: true})).toHaveLength(entries);
          await expectHarmless(rootDir);
        } catch (error) {
          expect(error).toMatchObject({code: 'image-refused'});
        }
        expect(await readdir(lab.folder)).toEqual(['canary', 'images']);
        expect(await readFile(join(lab.folder, 'canary'), 'utf8')).toBe('canary');
      }),
      {numRuns: 150},
    );
    // The draw is worth something only when many get through; most of the plain ones do.
    expect(kept).toBeGreaterThan(10);
  });
});

/** Folders, files and links only; no special bit. Links are looked at, never through. */
async function expectHarmless(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path);
    expect(found.isFile() || found.isDirectory() || found.isSymbolicLink()).toBe(true);
    expect(found.mode & 0o7000).toBe(0);
    if (found.isDirectory()) await expectHarmless(path);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
