import {mkdtempDisposable, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {saveArtifacts} from '../../src/run/save-artifacts.ts';

const artifact = (path: string) => ({
  path,
  contentBase64: Buffer.from('new').toString('base64'),
  truncated: false,
});
const temporary = () => mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));

test('artifacts are written with the folders that they lie in', async () => {
  await using folder = await temporary();
  const written = await saveArtifacts([artifact('plots/a.png')], join(folder.path, 'out'));
  expect(written).toEqual([join(folder.path, 'out/plots/a.png')]);
  expect(await readFile(written[0] ?? '', 'utf8')).toBe('new');
});

test('an existing file is never overwritten, and a link in its place not followed', async () => {
  await using folder = await temporary();
  const kept = join(folder.path, 'kept');
  await writeFile(kept, 'old');
  await symlink(kept, join(folder.path, 'link'));
  for (const name of ['kept', 'link']) {
    await expect(saveArtifacts([artifact(name)], folder.path)).rejects.toThrow(/not overwritten/);
  }
  expect(await readFile(kept, 'utf8')).toBe('old');
});

test.each(['../x', 'a/../../x', '/tmp/x', 'a//b', './x', '..'])('the path %s is refused', async (path) => {
  await using folder = await temporary();
  await expect(saveArtifacts([artifact(path)], folder.path)).rejects.toThrow(/leaves/);
  expect(await readdir(folder.path)).toEqual([]);
});
