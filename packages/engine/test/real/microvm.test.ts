import {mkdir, mkdtemp, readdir, rm, utimes} from 'node:fs/promises';
import {release, tmpdir} from 'node:os';
import {join} from 'node:path';
import {defineImage, ImageStore, imageStoreFolder} from '@sandglass/images';
import {DEFAULT_REQUEST_POLICY, DEFAULT_RUN_LIMITS} from '@sandglass/protocol';
import {microvmCacheFolder, pruneMicrovmCache} from '@sandglass/sandbox';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {
  describeWithMachines,
  guestSlowdown,
  machineOptions,
} from '../../../sandbox/test/drivers/microvm/support/microvm-setup.ts';
import {microvmTraces} from '../../../sandbox/test/drivers/microvm/support/microvm-traces.ts';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';
import {keepHostTools} from '../support/small-image.ts';

/** As the processor shows it, before any machine is there. */
const isTranslated = (await guestSlowdown()) > 10;
const USUAL_WALL_MS = 1_000;

describeWithMachines('an engine that isolates with virtual machines', () => {
  const owned = new AsyncDisposableStack();
  let engine: Engine;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sandglass-machines-'));
    owned.defer(() => rm(dataDir, {recursive: true, force: true}));
    await mkdir(imageStoreFolder(dataDir), {recursive: true});
    await keepHostTools(imageStoreFolder(dataDir), 'small', {PATH: '/usr/bin:/bin', MARK: 'image'});
    const {kernel} = await machineOptions();
    engine = owned.use(
      await createEngine({
        dataDir,
        isolation: {allowed: ['linux', 'microvm']},
        images: {offered: ['host', 'small']},
        languages: ['bash'],
        pool: {floor: 1},
        requests: {...DEFAULT_REQUEST_POLICY, runLimits: {...DEFAULT_RUN_LIMITS, wallTimeMs: USUAL_WALL_MS}},
        microvm: {kernel, readyMachines: 1},
      }),
    );
  });
  afterAll(async () => {
    await owned.disposeAsync();
    expect(microvmTraces(process.pid)).toEqual([]);
  });

  it('runs a program in a machine made of a stored image, and says so', async () => {
    const code = 'cat /etc/mark; echo $MARK; cat /proc/version';
    const result = await engine.run({language: 'bash', code, isolation: 'microvm', image: 'small'});
    expect(result).toMatchObject({outcome: 'ok', isolation: {driver: 'microvm'}});
    expect(result.run?.stdout).toMatch(/^small\nimage\nLinux version /);
    expect(result.run?.stdout).not.toContain(release());
    expect(result.isolation.enforced).toEqual(
      expect.arrayContaining(['virtual-machine', 'memory', 'seccomp']),
    );
  });

  it('takes an image that a machine can start from where the default is none', async () => {
    const result = await engine.run({language: 'bash', code: 'cat /etc/mark', isolation: 'microvm'});
    expect(result).toMatchObject({outcome: 'ok', run: {stdout: 'small\n'}});
  });

  it.runIf(isTranslated)(
    'gives translated programs more of the time that nobody asked for, and says how much',
    async () => {
      const run = {
        language: 'bash',
        isolation: 'microvm',
        image: 'small',
        code: 'while [ $SECONDS -lt 2 ]; do :; done; echo done',
      } as const;
      const usual = await engine.run(run);
      expect(usual).toMatchObject({outcome: 'ok', run: {stdout: 'done\n'}});
      const [stated = ''] = usual.isolation.enforced.filter((name) => name.startsWith('default-times-x'));
      const factor = Number(stated.slice('default-times-x'.length));
      expect(factor).toBeGreaterThanOrEqual(3);
      expect(factor).toBeLessThanOrEqual(45);
      const named = await engine.run({...run, limits: {wallTimeMs: USUAL_WALL_MS}});
      expect(named).toMatchObject({outcome: 'time-limit'});
    },
  );

  it('ends what breaks a limit in a machine, by what the guest counted', async () => {
    const run = {language: 'bash', isolation: 'microvm', image: 'small'} as const;
    const endless = await engine.run({...run, code: 'while :; do :; done', limits: {wallTimeMs: 1_000}});
    expect(endless).toMatchObject({outcome: 'time-limit'});
    const hungry = 'x=0123456789abcdef; while :; do x=$x$x; done';
    const limits = {memoryBytes: 32 * 1024 * 1024, wallTimeMs: 60_000, cpuTimeMs: 60_000};
    expect(await engine.run({...run, code: hungry, limits})).toMatchObject({outcome: 'memory-limit'});
  });

  it('keeps what machines of an image are made of as long as the image', async () => {
    await engine[Symbol.asyncDispose]();
    const cache = microvmCacheFolder(dataDir);
    const names = async () => [
      ...(await readdir(join(cache, 'disks'))),
      ...(await readdir(join(cache, 'templates'))),
    ];
    const image = defineImage(await new ImageStore(imageStoreFolder(dataDir)).get('small'));
    const made = await names();
    expect(made).toHaveLength(2);
    expect(await pruneMicrovmCache(cache, [image])).toEqual({files: 0, bytes: 0});
    expect(await names()).toEqual(made);
    const freed = await pruneMicrovmCache(cache, []);
    expect(freed.bytes).toBeGreaterThan(1024 * 1024);
    expect(await names()).toEqual([]);
    // A kernel that was put together just now may be somebody's who has no template yet.
    expect(await readdir(join(cache, 'guests'))).toHaveLength(1);
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    for (const name of await readdir(join(cache, 'guests')))
      await utimes(join(cache, 'guests', name), longAgo, longAgo);
    expect((await pruneMicrovmCache(cache, [])).files).toBe(2);
    expect(await readdir(join(cache, 'guests'))).toEqual([]);
  });
});
