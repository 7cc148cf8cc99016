import {describe, expect, it} from 'vitest';
import {loadConfig} from '../../src/config/load-config.ts';
import {levelOptions} from '../../src/engine-options.ts';

/** What the microvm driver is told for these variables, each without `SANDGLASS_ISOLATION_MICROVM_`. */
async function optionsFor(settings: Readonly<Record<string, string>>) {
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`SANDGLASS_ISOLATION_MICROVM_${name}`, value]),
  );
  const {config} = await loadConfig({flags: {}, env, cwd: '/nonexistent'});
  return levelOptions(config).microvm;
}

describe('The settings of virtual machines', () => {
  it('leave everything to the driver that they do not name', async () => {
    const options = await optionsFor({});
    expect(options?.kernel).toBeUndefined();
    expect(options?.programs).toEqual({});
  });

  it('name a kernel with or without its modules', async () => {
    expect((await optionsFor({KERNEL: '/k.deb'}))?.kernel).toEqual({path: '/k.deb', modulesPath: null});
    expect((await optionsFor({KERNEL: '/k', MODULES: '/m'}))?.kernel).toEqual({
      path: '/k',
      modulesPath: '/m',
    });
  });

  it('name monitors that are in no usual folder', async () => {
    const programs = {qemu: '/q', firecracker: '/f', jailer: '/j'};
    expect((await optionsFor({QEMU: '/q', FIRECRACKER: '/f', JAILER: '/j'}))?.programs).toEqual(programs);
  });

  it('are refused when they name modules of no kernel', async () => {
    await expect(optionsFor({MODULES: '/m'})).rejects.toMatchObject({code: 'configuration-invalid'});
  });
});
