import {describe, expect, it} from 'vitest';
import {defaultRunDir, prepareRunDir} from '../../../src/drivers/linux/run-dir.ts';

describe('defaultRunDir', () => {
  it.each([
    [{isRoot: true, xdgRuntimeDir: '/run/user/0', dataDir: '/data'}, '/run/sandglass'],
    [{isRoot: false, xdgRuntimeDir: '/run/user/7', dataDir: '/data'}, '/run/user/7/sandglass'],
    [{isRoot: false, xdgRuntimeDir: undefined, dataDir: '/data'}, '/data/run/sandglass'],
  ])('for %o is %s', (host, expected) => {
    expect(defaultRunDir(host)).toBe(expected);
  });
});

describe('prepareRunDir', () => {
  it('refuses a folder whose sockets could have no address, before it makes it', async () => {
    await expect(prepareRunDir(`/tmp/${'x'.repeat(110)}`, 'w1')).rejects.toMatchObject({
      code: 'configuration-invalid',
    });
  });
});
