import {execFileSync} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {DEFAULT_BOUNDS, type ImageBounds} from '../../src/bounds.ts';
import {parseReference} from '../../src/oci/image-reference.ts';
import {pullImage} from '../../src/oci/pull-image.ts';
import {ImageStore} from '../../src/store/image-store.ts';
import {type LayoutFaults, makeLayout} from '../support/make-layout.ts';
import {makeTar, type TarItem} from '../support/make-tar.ts';
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
    ['a layer that is no archive', {layer: () => Buffer.from('no archive at all')}, /Fetch it again|no tar/],
    [
      'a layer that breaks off inside its compression',
      {layer: (bytes) => Buffer.concat([bytes.subarray(0, -12), Buffer.alloc(12, 7)])},
      /does not unpack/,
    ],
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
    [
      'more environment than a program can be given',
      {config: (config) => ({...config, config: {Env: [`LARGE=${'x'.repeat(70_000)}`]}})},
      /environment has 1 entries of 70006 bytes/,
    ],
    [
      'more variables than a program can be given',
      {config: (config) => ({...config, config: {Env: Array.from({length: 201}, (_, i) => `V${i}=`)}})},
      /environment has 201 entries/,
    ],
    [
      'more layers than anybody stacks',
      {manifest: (manifest) => ({...manifest, layers: Array(10_000).fill(manifest.layers[0])})},
      /OCI image specification/,
    ],
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

  it('shows nothing of its configuration that a terminal would obey', async () => {
    await makeLayout(layout(), LAYERS, {
      config: (config) => ({
        ...config,
        config: {WorkingDir: '/\u009b2J', User: `${'u'.repeat(5000)}`, Env: null},
      }),
    });
    const {image} = await pull();
    expect(image.config).toEqual({env: {}, workingDir: '/\ufffd2J', user: 'u'.repeat(200)});
  });

  it('is refused, not waited for, when a document or layer is a named pipe', async () => {
    await makeLayout(layout(), LAYERS);
    const blobs = join(layout(), 'blobs/sha256');
    for (const name of ['index.json', ...(await readdir(blobs)).map((blob) => `blobs/sha256/${blob}`)]) {
      const path = join(layout(), name);
      const content = await readFile(path);
      await rm(path);
      execFileSync('mkfifo', [path]);
      await expect(pull()).rejects.toMatchObject({
        code: 'image-refused',
        message: expect.stringMatching(/no regular file/),
      });
      await rm(path);
      await writeFile(path, content);
    }
    expect((await pull()).isNew).toBe(true);
  });

  it('follows lists of images only so far', async () => {
    await makeLayout(layout(), LAYERS);
    const lists = async (depth: number): Promise<void> => {
      const path = join(layout(), 'index.json');
      const content = await readFile(path);
      const digest = createHash('sha256').update(content).digest('hex');
      await writeFile(join(layout(), 'blobs/sha256', digest), content);
      const list = {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: `sha256:${digest}`,
        size: content.length,
        platform: {os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch},
      };
      await writeFile(path, JSON.stringify({schemaVersion: 2, manifests: [list]}));
      if (depth > 1) await lists(depth - 1);
    };
    const index = JSON.parse(await readFile(join(layout(), 'index.json'), 'utf8'));
    index.manifests[0].platform = {
      os: 'linux',
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    };
    await writeFile(join(layout(), 'index.json'), JSON.stringify(index));
    await lists(1);
    expect((await pull()).isNew).toBe(true);
    await lists(3);
    await expect(pull()).rejects.toThrow(/nested more than 3 deep/);
  });

  it('stops unpacking a bomb long before it is unpacked', async () => {
    await makeLayout(layout(), [[{name: 'zeros', content: Buffer.alloc(8 * 1024 * 1024)}]]);
    await expect(pull({...DEFAULT_BOUNDS, ratioFromBytes: 1024 * 1024})).rejects.toThrow(
      /more than 200 times its size/,
    );
    await expect(pull({...DEFAULT_BOUNDS, layers: 0})).rejects.toThrow(/1 layers, at most 0/);
  });

  it('stops unpacking headers without contents, however many there are', async () => {
    await makeLayout(layout(), [Array.from({length: 3000}, () => ({name: 'a', type: '5'}))]);
    await expect(pull({...DEFAULT_BOUNDS, totalBytes: 1024 * 1024})).rejects.toThrow(
      /unpacks to more than 1048576 bytes/,
    );
    await expect(pull({...DEFAULT_BOUNDS, entries: 2999})).rejects.toThrow(/more than 2999 entries/);
    expect((await pull()).isNew).toBe(true);
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

describe('Pulling an image from an OCI layout in one archive', () => {
  let lab: StoreLab;
  beforeEach(async () => {
    lab = await openStoreLab();
    await makeLayout(join(lab.folder, 'layout'), LAYERS);
  });
  afterEach(() => lab[Symbol.asyncDispose]());

  const pull = (file: string) =>
    pullImage(lab.store, {name: 'tools', reference: `oci-archive:${file}`, ...QUIETLY});
  const members = async (): Promise<TarItem[]> => {
    const folder = join(lab.folder, 'layout');
    const names = (await readdir(folder, {recursive: true, withFileTypes: true})).filter((entry) =>
      entry.isFile(),
    );
    return await Promise.all(
      names.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return {name: `./${path.slice(folder.length + 1)}`, content: await readFile(path)};
      }),
    );
  };
  const archive = async (items: readonly TarItem[], pack = (tar: Buffer) => tar): Promise<string> => {
    const file = join(lab.folder, 'image.tar');
    await writeFile(file, pack(makeTar(items)));
    return file;
  };

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('takes it %s, and does nothing when it has not changed', async (_name, pack) => {
    const file = await archive(await members(), pack);
    const first = await pull(file);
    expect(await readFile(join(first.image.rootDir, 'usr/bin/tool'), 'utf8')).toBe('two');
    expect(await pull(file)).toEqual({image: first.image, isNew: false});
  });

  it('puts nothing anywhere but what a layout consists of', async () => {
    await writeFile(join(lab.folder, 'canary'), 'canary');
    const strangers: TarItem[] = [
      {name: '../canary', content: 'evil'},
      {name: join(lab.folder, 'canary'), content: 'evil'},
      {name: 'blobs', type: '2', linkName: lab.folder},
      {name: 'blobs/sha256/../../../canary', content: 'evil'},
      {name: 'index.json', type: '2', linkName: '/etc/shadow'},
      {name: 'pipe', type: '6'},
      {name: 'device', type: '3'},
    ];
    const {image} = await pull(await archive([...strangers, ...(await members()), ...strangers]));
    expect(await readFile(join(image.rootDir, 'usr/bin/tool'), 'utf8')).toBe('two');
    expect(await readFile(join(lab.folder, 'canary'), 'utf8')).toBe('canary');
    expect((await readdir(lab.folder)).sort()).toEqual(['canary', 'image.tar', 'images', 'layout']);
  });

  it.each<[string, (tar: Buffer) => Buffer, RegExp]>([
    ['is cut off', (tar) => tar.subarray(0, 700), /ends in the middle|is not there/],
    ['breaks off inside its compression', (tar) => gzipSync(tar).subarray(0, -20), /does not unpack/],
    ['is no archive', () => Buffer.from('hello'), /ends in the middle/],
    ['is empty', () => Buffer.alloc(0), /index.json is not there/],
    ['is a bomb', () => gzipSync(Buffer.alloc(80 * 1024 * 1024)), /more than 200 times its size/],
  ])('refuses one that %s, and leaves nothing', async (_title, damage, reason) => {
    const file = await archive(await members(), damage);
    await expect(pull(file)).rejects.toMatchObject({
      code: 'image-refused',
      message: expect.stringMatching(reason),
    });
    expect(await lab.store.list()).toEqual([]);
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
  });

  it('says so when there is none', async () => {
    await expect(pull(join(lab.folder, 'none.tar'))).rejects.toThrow(/none.tar: it is not there/);
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
    'oci-archive:',
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
