import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {imageStoreFolder} from '@sandglass/images';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';
import {keepHostTools} from '../support/small-image.ts';

describe('an engine that offers images', () => {
  const owned = new AsyncDisposableStack();
  let engine: Engine;

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-images-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    await mkdir(imageStoreFolder(dataDir), {recursive: true});
    await keepHostTools(imageStoreFolder(dataDir), 'small', {
      PATH: '/opt/tools:/usr/bin:/bin',
      HOME: '/nowhere',
      MARK: 'image',
    });
    engine = owned.use(
      await createEngine({dataDir, images: {offered: ['host', 'small'], languages: {bash: 'small'}}}),
    );
  }, 120_000);
  afterAll(() => owned.disposeAsync());

  const shell = async (code: string, extra: Record<string, unknown> = {}) => {
    const result = await engine.run({language: 'bash', code, ...extra});
    return result.run?.stdout;
  };

  it('runs a program in the image that it names, whose files are not those of the host', async () => {
    expect(await shell('cat /etc/mark', {image: 'small'})).toBe('small\n');
    expect(await shell('ls /usr/bin | wc -l', {image: 'small'})).toBe('4\n');
    expect(await shell('[ -e /etc/mark ] || echo none', {image: 'host'})).toBe('none\n');
  });

  it('gives a language the image that the operator chose for it', async () => {
    expect(await shell('cat /etc/mark')).toBe('small\n');
    expect(await shell('cat /etc/mark', {language: 'sh'})).toBe('small\n');
    const python = await engine.run({
      language: 'python',
      code: 'import os; print(os.path.exists("/etc/mark"))',
    });
    expect(python.run?.stdout).toBe('False\n');
  });

  it('gives programs the environment of the image, except what says who and where they are', async () => {
    expect(await shell('echo $PATH $HOME $MARK')).toBe('/opt/tools:/usr/bin:/bin /work image\n');
    expect(await shell('echo $MARK', {env: {MARK: 'mine'}})).toBe('mine\n');
  });

  it('lets nobody write to an image, and hides the folders of the host', async () => {
    const script =
      'for p in / /etc /usr/bin /etc/mark; do (: > $p/x) 2>/dev/null && echo "$p"; done; [ -e /root/.profile ] && echo root; id -u';
    expect(await shell(script)).toBe('1000\n');
  });

  it('refuses an image that is not offered, naming those that are', async () => {
    const run = engine.run({language: 'bash', code: '1', image: 'smal'});
    await expect(run).rejects.toMatchObject({
      code: 'unknown-image',
      message: expect.stringMatching(/Did you mean "small"\? It offers "host" or "small"/),
    });
  });

  it('says which languages an image lacks, and what makes one that has them', async () => {
    const run = engine.run({language: 'python', code: '1', image: 'small'});
    await expect(run).rejects.toMatchObject({
      code: 'language-unavailable',
      message: expect.stringMatching(/image "small" does not have it/),
    });
  });

  it('describes what it offers', () => {
    expect(engine.images.map(({name, isDefault}) => [name, isDefault])).toEqual([
      ['host', true],
      ['small', false],
    ]);
    expect(engine.images[1]?.languages).toContain('bash');
    expect(engine.images[1]?.digest).toMatch(/^sha256:/);
    expect(engine.images[0]?.digest).toBeNull();
  });

  it.each([
    [{offered: ['host', 'none']}, 'unknown-image'],
    [{offered: ['host'], default: 'small'}, 'configuration-invalid'],
    [{offered: ['host'], languages: {python: 'small'}}, 'configuration-invalid'],
  ])('does not start with %j', async (images, code) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'sandglass-images-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    await expect(createEngine({dataDir, images})).rejects.toMatchObject({code});
  });
});
