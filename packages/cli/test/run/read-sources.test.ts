import {mkdir, mkdtempDisposable, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {readSources} from '../../src/run/read-sources.ts';

async function folderWith(...paths: readonly string[]) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));
  for (const path of paths) {
    await mkdir(dirname(join(folder.path, path)), {recursive: true});
    await writeFile(join(folder.path, path), `content of ${path}`);
  }
  return folder;
}

test('one file is just its name', async () => {
  await using folder = await folderWith('deep/hello.py');
  const {files, firstFile} = await readSources([join(folder.path, 'deep/hello.py')]);
  expect(firstFile).toBe('hello.py');
  expect(files).toEqual([
    {path: 'hello.py', contentBase64: Buffer.from('content of deep/hello.py').toString('base64')},
  ]);
});

test('several files keep their paths below the deepest folder that holds all', async () => {
  await using folder = await folderWith('a/src/main.py', 'a/lib/x.py', 'other.py');
  const {files, firstFile} = await readSources(
    ['a/src/main.py', 'a/lib/x.py'].map((path) => join(folder.path, path)),
  );
  expect(files.map(({path}) => path)).toEqual(['src/main.py', 'lib/x.py']);
  expect(firstFile).toBe('src/main.py');
});

test('names that share letters share no folder', async () => {
  await using folder = await folderWith('ab/x.py', 'abc/y.py');
  const {files} = await readSources(['ab/x.py', 'abc/y.py'].map((path) => join(folder.path, path)));
  expect(files.map(({path}) => path)).toEqual(['ab/x.py', 'abc/y.py']);
});

test('a folder brings its files, but not those of tools, and links are not followed', async () => {
  await using folder = await folderWith(
    'p/main.py',
    'p/pkg/m.py',
    'p/.git/config',
    'p/node_modules/x/i.js',
    'secret',
  );
  await symlink(join(folder.path, 'secret'), join(folder.path, 'p/link'));
  const {files, firstFile} = await readSources([join(folder.path, 'p')]);
  expect(files.map(({path}) => path)).toEqual(['main.py', 'pkg/m.py']);
  expect(firstFile).toBeNull();
});

test('a missing file is named with the reason', async () => {
  await expect(readSources(['/nonexistent/x.py'])).rejects.toThrow(
    /Cannot read \/nonexistent\/x\.py: there is no such file or folder\./,
  );
});
