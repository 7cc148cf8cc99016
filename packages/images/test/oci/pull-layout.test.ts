import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {DEFAULT_BOUNDS, type ImageBounds} from '../../src/bounds.ts';
import {parseReference} from '../../src/oci/image-reference.ts';
import {pullImage} from '../../src/oci/pull-image.ts';
import {ImageStore} from '../../src/store/image-store.ts';
import {type LayoutFaults, makeLayout} from '../support/make-layout.ts';
import {openStoreLab, type StoreLab} from '../support/store-lab.ts';

const LAYERS = [
  [{name: 'usr/bin/tool', content: 'one', mode: 0o755}],
  [{name: 'usr/bin/tool', content: 'two', mode: 0o755}],
];

const QUIETLY = {
  access: {authFile: null, insecure: false},
  onProgress: () => undefined,
  signal: undefined,
};

describe('Pulling an image from an OCI layout', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const layout = () => join(lab.folder, 'layout');
  const pull = (bounds?: ImageBounds) =>
    pullImage(lab.store, {
      name: 'tools',
      reference: `oci:${layout()}`,
      ...QUIETLY,
      ...(bounds === undefined ? {} : {bounds}),
    });

  it('keeps its files, the environment that its programs need, and the files that every image has', async () => {
    await makeLayout(layout(), LAYERS);
    const {image, isNew} = await pull();
    expect(isNew).toBe(true);
    expect(await readFile(join(image.rootDir, 'usr/bin/tool'), 'utf8')).toBe('two');
    expect(await readFile(join(image.rootDir, 'etc/passwd'), 'utf8')).toContain('sandbox');
    expect(await readdir(join(image.rootDir, 'proc'))).toEqual([]);
    // The dynamic loader would obey LD_PRELOAD in every program of every run.
    expect(image.config).toEqual({
      env: {PATH: '/usr/local/bin:/usr/bin', TOOL_VERSION: '3'},
      workingDir: '/app',
      user: '1000:1000',
    });
  });

  it('does nothing when the image has not changed, and replaces it when it has', async () => {
    await makeLayout(layout(), LAYERS);
    const first = await pull();
    expect(await pull()).toEqual({image: first.image, isNew: false});
    await rm(layout(), {recursive: true});
    await makeLayout(layout(), [[{name: 'usr/bin/tool', content: 'three'}]]);
    const second = await pull();
    expect(second.isNew).toBe(true);
    expect(second.image.digest).not.toBe(first.image.digest);
  });

  const changed =
    (path: string, value: unknown): NonNullable<LayoutFaults['manifest']> =>
    (manifest) => {
      const [first, ...others] = manifest.layers;
      return {...manifest, layers: [{...first, [path]: value}, ...others]};
    };
  it.each<[string, LayoutFaults, RegExp]>([
    [
      'a layer of which half is missing',
      {layer: (bytes) => bytes.subarray(0, bytes.length / 2)},
      /Fetch it again/,
    ],
    [
      'a layer with other content',
      {layer: (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) === 0 ? 1 : 0])])},
      /Fetch it again/,
    ],
    [
      'a layer that is longer than announced',
      {layer: (bytes) => Buffer.concat([bytes, Buffer.alloc(9)])},
      /longer than the/,
    ],
    ['a layer that is no archive', {layer: () => Buffer.from('no archive at all')}, /does not unpack/],
    ['a layer that is not there', {manifest: changed('digest', `sha256:${'0'.repeat(64)}`)}, /is not there/],
    ['a layer of unknown form', {manifest: changed('mediaType', 'application/x-zip')}, /is not known/],
    [
      'a digest that leads out of the layout',
      {manifest: changed('digest', 'sha256:../../../../etc/passwd')},
      /OCI image specification/,
    ],
    [
      'fewer layers than its configuration names',
      {manifest: (manifest) => ({...manifest, layers: manifest.layers.slice(0, 1)})},
      /1 layers and its configuration 2/,
    ],
    ['layers that claim more bytes than are taken', {manifest: changed('size', 2 ** 45)}, /at most/],
    ['another processor', {config: (config) => ({...config, architecture: 's390x'})}, /linux on s390x/],
    ['another system', {config: (config) => ({...config, os: 'windows'})}, /windows/],
    [
      'an unpacked layer with another digest',
      {
        config: (config) => ({
          ...config,
          rootfs: {type: 'layers', diff_ids: Array(2).fill(`sha256:${'1'.repeat(64)}`)},
        }),
      },
      /unpacked layer should have digest/,
    ],
  ])('refuses %s, and leaves nothing', async (_title, faults, reason) => {
    await makeLayout(layout(), LAYERS, faults);
    await expect(pull()).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(reason),
    });
    expect(await lab.store.list()).toEqual([]);
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
  });

  it('stops unpacking a bomb long before it is unpacked', async () => {
    await makeLayout(layout(), [[{name: 'zeros', content: Buffer.alloc(8 * 1024 * 1024)}]]);
    await expect(pull({...DEFAULT_BOUNDS, ratioFromBytes: 1024 * 1024})).rejects.toThrow(
      /more than 200 times its size/,
    );
    await expect(pull({...DEFAULT_BOUNDS, layers: 0})).rejects.toThrow(/1 layers, at most 0/);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'says that the disk is full, and leaves it as empty as it was',
    async () => {
      const place = join(lab.folder, 'small');
      await mkdir(place);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place]);
      try {
        const store = new ImageStore(join(place, 'images'));
        // Random bytes, as zeros would be a bomb.
        await makeLayout(layout(), [[{name: 'large', content: randomBytes(6 * 1024 * 1024)}]]);
        await expect(
          pullImage(store, {name: 'tools', reference: `oci:${layout()}`, ...QUIETLY}),
        ).rejects.toThrow(/disk is full/);
        expect(await readdir(join(store.folder, 'drafts'))).toEqual([]);
        expect(await readdir(join(store.folder, 'objects'))).toEqual([]);
        expect(await store.list()).toEqual([]);
      } finally {
        execFileSync('umount', [place]);
      }
    },
  );

  it('says so when the folder is none', async () => {
    await expect(pull()).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(/OCI layout folder/),
    });
  });
});

describe('An image reference', () => {
  it.each([
    '',
    '-v',
    'a b',
    'http://host/image',
    'docker:image',
    'oci:',
    'user:secret@host/image',
    'docker://user:secret@host/image',
    'a\nb',
  ])('cannot be %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({code: 'invalid-request'}));
  });

  it('never repeats a password that somebody put into it', () => {
    expect(() => parseReference('docker://user:secret@host/image')).toThrow(/^(?!.*secret)/);
  });
});
