import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {findKernel} from '../../../../src/drivers/microvm/guest/named-kernel.ts';

const RELEASE = '6.12.48-cloud-amd64';

describe('A kernel that is named', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sandglass-kernel-'));
  });
  afterEach(() => rmSync(folder, {recursive: true}));

  const find = (path: string, modulesPath: string | null = null) =>
    findKernel({path, modulesPath}, {folder: join(folder, 'kernels'), signal: undefined});
  const put = (path: string): string => {
    const place = join(folder, path);
    mkdirSync(dirname(place), {recursive: true});
    writeFileSync(place, path);
    return place;
  };
  /** A package with these files, as dpkg-deb(1) builds it. */
  const buildPackage = (files: readonly string[]): string => {
    for (const name of files) put(`tree/${name}`);
    put('tree/DEBIAN/control');
    writeFileSync(
      join(folder, 'tree/DEBIAN/control'),
      'Package: linux-image-test\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@invalid>\nDescription: test\n',
    );
    const path = join(folder, 'kernel.deb');
    execFileSync('dpkg-deb', ['--build', join(folder, 'tree'), path], {stdio: 'ignore'});
    return path;
  };

  it.each(['lib', 'usr/lib'])('brings the modules that belong to it by its name, below %s', async (place) => {
    const imagePath = put(`root/boot/vmlinuz-${RELEASE}`);
    put(`root/${place}/modules/${RELEASE}/kernel/a.ko`);
    expect(await find(imagePath)).toEqual({
      imagePath,
      modulesPath: join(folder, `root/${place}/modules/${RELEASE}`),
    });
  });

  it.each([`boot/vmlinuz-${RELEASE}`, 'boot/bzImage'])(
    'brings none when there are none: %s',
    async (path) => {
      const imagePath = put(path);
      expect(await find(imagePath)).toEqual({imagePath, modulesPath: null});
    },
  );

  it('brings the modules that are named with it', async () => {
    const imagePath = put(`boot/vmlinuz-${RELEASE}`);
    put(`lib/modules/${RELEASE}/kernel/a.ko`);
    expect(await find(imagePath, '/elsewhere')).toEqual({imagePath, modulesPath: '/elsewhere'});
  });

  it.each(['lib', 'usr/lib'])(
    'is taken out of its package once, with the modules below %s',
    async (place) => {
      const path = buildPackage([`boot/vmlinuz-${RELEASE}`, `${place}/modules/${RELEASE}/kernel/a.ko`]);
      const first = await find(path);
      expect(first.imagePath).toMatch(/kernels\/named-[0-9a-f]{32}\/boot\/vmlinuz-6\.12\.48-cloud-amd64$/);
      expect(readdirSync(first.modulesPath ?? '')).toEqual(['kernel']);
      expect(await find(path)).toEqual(first);
      expect(readdirSync(join(folder, 'kernels'))).toHaveLength(1);
    },
  );

  it.each<[string, () => string]>([
    ['is no package', () => put('broken.deb')],
    ['is not there', () => join(folder, 'none.deb')],
    ['has no kernel', () => buildPackage(['usr/share/doc/nothing'])],
    ['has a kernel without modules', () => buildPackage([`boot/vmlinuz-${RELEASE}`])],
  ])('is refused by its name when its package %s, and leaves nothing', async (_title, make) => {
    const path = make();
    await expect(find(path)).rejects.toMatchObject({
      code: 'isolation-unavailable',
      message: expect.stringContaining(path),
    });
    const kernels = join(folder, 'kernels');
    expect(existsSync(kernels) ? readdirSync(kernels) : []).toEqual([]);
  });
});
