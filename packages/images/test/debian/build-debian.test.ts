import {execFileSync} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {buildDebian, type DebianOptions} from '../../src/debian/build-debian.ts';
import {installedPackages} from '../../src/debian/installed-packages.ts';
import {lockDifferences} from '../../src/debian/lock-file.ts';
import {findVariant} from '../../src/debian/variants.ts';
import {writeOutput} from '../../src/outputs/write-output.ts';
import {ImageStore} from '../../src/store/image-store.ts';
import {canRun} from '../support/needs.ts';
import {CHANGE, openStoreLab, type StoreLab} from '../support/store-lab.ts';

const options = (changes: Partial<DebianOptions> = {}): DebianOptions => ({
  name: 'lua',
  variant: findVariant('lua'),
  suite: 'bookworm',
  mirror: 'http://deb.debian.org/debian',
  lockFile: null,
  update: false,
  onProgress: () => undefined,
  signal: undefined,
  ...changes,
});

describe.skipIf(
  !canRun('the suite of Debian images', ['mmdebstrap', 'mkfs.erofs', 'setpriv'], {isRootNeeded: true}),
)('A Debian image', () => {
  const owned = new AsyncDisposableStack();
  let lab: StoreLab;
  let steps: string[];
  let both: readonly Awaited<ReturnType<typeof buildDebian>>[];

  beforeAll(async () => {
    lab = owned.use(await openStoreLab());
    steps = [];
    const build = () =>
      buildDebian(
        lab.store,
        options({
          extraPackages: ['jq', 'jq'],
          onProgress: (progress) => progress.kind === 'step' && steps.push(progress.message),
        }),
      );
    // Two at once, as two operators might.
    both = await Promise.all([build(), build()]);
  }, 300_000);
  afterAll(() => owned.disposeAsync());

  it('row 38: is built by one command, with the version of every package written down', async () => {
    const {source, rootDir} = await lab.store.get('lua');
    expect(source.kind === 'debian' && source.packages['lua5.4']).toMatch(/^5\.4/);
    const lock: unknown = JSON.parse(await readFile(join(lab.store.folder, 'locks/lua.json'), 'utf8'));
    expect(lock).toMatchObject({
      suite: 'bookworm',
      packages: source.kind === 'debian' ? source.packages : {},
    });
    expect(steps.length).toBeGreaterThan(3);
    expect(await readdir(join(rootDir, 'usr/share'))).not.toContain('doc');
    expect(await readdir(rootDir)).not.toContain('boot');
  });

  it('keeps nothing of what it leaves out', async () => {
    expect(await lab.store.prune(CHANGE)).toEqual({trees: 0, objects: 0, bytes: 0});
  });

  it('is built once when two ask for it at once, and the one who waits is told so', () => {
    expect(both.map(({isNew}) => isNew).sort()).toEqual([false, true]);
    expect(both[0]?.image).toEqual(both[1]?.image);
    expect(steps).toContain('Waiting for another build to end');
  });

  it('row 37: is not built again while nothing changed', async () => {
    const before = await lab.store.get('lua');
    expect(await buildDebian(lab.store, options())).toEqual({image: before, isNew: false});
  });

  it('is refused when the lock file is for another suite, or is no lock file', async () => {
    const lock = await readFile(join(lab.store.folder, 'locks/lua.json'), 'utf8');
    const lockFile = join(lab.folder, 'other.lock.json');
    await writeFile(lockFile, lock.replace('"suite": "bookworm"', '"suite": "trixie"'));
    await expect(buildDebian(lab.store, options({lockFile}))).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringMatching(/trixie/),
    });
    await writeFile(lockFile, '{"format": 1}');
    await expect(buildDebian(lab.store, options({lockFile}))).rejects.toMatchObject({
      code: 'configuration-invalid',
    });
  });

  it('becomes a disk and an initial ramdisk, each made once', async () => {
    const image = await lab.store.get('lua');
    const make = (format: 'erofs' | 'cpio.gz') =>
      writeOutput(lab.store, image, format, {
        guestRamdisk: Buffer.from('what a guest begins with'),
        onWait: () => undefined,
        signal: undefined,
      });
    const disk = await make('erofs');
    const before = await stat(disk);
    expect(execFileSync('dump.erofs', ['--path=/usr/bin/lua5.4', disk], {encoding: 'utf8'})).toContain(
      'regular file',
    );
    expect((await stat(await make('erofs'))).mtimeMs).toBe(before.mtimeMs);
    const ramdisk = gunzipSync(await readFile(await make('cpio.gz'))).subarray(
      'what a guest begins with'.length,
    );
    const names = cpioNames(ramdisk);
    expect(names[0]).toBe('image');
    expect(names).toContain('image/usr/bin/lua5.4');
  });

  it('leaves nothing mounted and nothing running when it is stopped half-way', async () => {
    const stop = new AbortController();
    const building = buildDebian(
      lab.store,
      options({
        name: 'stopped',
        signal: stop.signal,
        onProgress: (progress) =>
          progress.kind === 'step' && /downloading/.test(progress.message) && stop.abort(new Error('enough')),
      }),
    );
    await expect(building).rejects.toThrow('enough');
    expect(await lab.store.find('stopped')).toBeNull();
    expect(await readdir(join(lab.store.folder, 'drafts'))).toEqual([]);
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(lab.folder);
  });

  it('is given up when the disk becomes full, which leaves it as empty as it was', async () => {
    const place = await mkdtemp(join(tmpdir(), 'sandglass-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', place]);
    try {
      const store = new ImageStore(join(place, 'images'));
      await expect(buildDebian(store, options())).rejects.toMatchObject({
        code: 'image-unavailable',
        message: expect.stringMatching(/disk is full/),
      });
      expect(await store.list()).toEqual([]);
      expect(await readdir(join(place, 'images/drafts'))).toEqual([]);
      expect(await readdir(join(place, 'images'))).not.toContain('locks');
    } finally {
      execFileSync('umount', [place]);
      await rm(place, {recursive: true});
    }
  });

  it('has further packages, which its lock file remembers and does not let go silently', async () => {
    const build = (extraPackages: readonly string[]) => buildDebian(lab.store, options({extraPackages}));
    const {source, rootDir} = await lab.store.get('lua');
    expect(source).toMatchObject({packages: {jq: expect.stringMatching(/^\d/)}});
    await stat(join(rootDir, 'usr/bin/jq'));
    const lock: unknown = JSON.parse(await readFile(join(lab.store.folder, 'locks/lua.json'), 'utf8'));
    expect(lock).toMatchObject({with: ['jq']});
    expect(await build([])).toMatchObject({isNew: false});
    expect(await build(['jq'])).toMatchObject({isNew: false});
    await expect(build(['jq', 'make'])).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringMatching(/it is for lua bookworm x64 jq, not for lua bookworm x64 jq make/),
    });
  });

  it.each(['--help', 'a,b', 'a=1', 'A', '', '/etc/passwd', '?name(.)', 'a b', 'a\nb'])(
    'is refused with %j, which is no name of a package',
    async (name) => {
      const build = buildDebian(lab.store, options({extraPackages: [name]}));
      await expect(build).rejects.toMatchObject({code: 'invalid-request'});
    },
  );

  it('says what is wrong with a mirror or suite', async () => {
    await expect(
      buildDebian(lab.store, options({name: 'x', mirror: 'http://127.0.0.1:9/debian'})),
    ).rejects.toMatchObject({code: 'image-unavailable'});
    await expect(
      buildDebian(lab.store, options({name: 'x', mirror: 'http://user:secret@mirror/'})),
    ).rejects.toThrow(/^(?!.*secret.*secret)/);
    await expect(buildDebian(lab.store, options({name: 'x', suite: '--hook=x'}))).rejects.toMatchObject({
      code: 'invalid-request',
    });
  });
});

describe('A lock file', () => {
  it('is compared package by package with what was installed', () => {
    expect(lockDifferences({a: '1', b: '1', c: '1'}, {a: '1', b: '2', d: '1'})).toEqual([
      'b should be 1 and is 2',
      'c 1 is not there',
      'd 1 is new',
    ]);
  });
});

describe('The list of installed packages', () => {
  it('has those that are installed, and not those that were', () => {
    const status =
      'Package: b\nStatus: install ok installed\nVersion: 2:1-1\n\nPackage: a\nStatus: deinstall ok config-files\nVersion: 1\n\n';
    expect(installedPackages(status)).toEqual({b: '2:1-1'});
  });

  it('names no variant that there is not', () => {
    expect(() => findVariant('pyton')).toThrow(/Did you mean "python"/);
  });
});

/** Names of an archive in the "newc" format: a header of 110 characters, the name, the content, each filled up to four bytes. */
function cpioNames(archive: Buffer): string[] {
  const names: string[] = [];
  const field = (at: number, index: number) =>
    Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
  const filled = (length: number) => Math.ceil(length / 4) * 4;
  for (let at = 0; at < archive.length; ) {
    const [bytes, nameBytes] = [field(at, 6), field(at, 11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    if (name === 'TRAILER!!!') return names;
    names.push(name);
    at += filled(110 + nameBytes) + filled(bytes);
  }
  throw new Error('the archive has no end');
}
