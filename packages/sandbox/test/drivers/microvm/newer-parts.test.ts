import {copyFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MicrovmDriver, type MicrovmDriverOptions} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {programVersion} from '../../../src/drivers/microvm/find-program.ts';
import {shell} from '../../support/run-in.ts';
import {describeWithMachines, machineOptions} from './support/microvm-setup.ts';
import {microvmTraces} from './support/microvm-traces.ts';
import {fetchTrixie, type Trixie} from './support/trixie.ts';

const LIMITS = {memoryBytes: 128 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};

/** A quarter of a gigabyte to fetch, and three templates to boot. */
const IS_FULL = process.env.SANDGLASS_TEST_FULL === '1';

describe.skipIf(!IS_FULL)('with parts of Debian 13', () => {
  describeWithMachines('a microVM', () => {
    let trixie: Trixie;
    let cacheDir = '';
    beforeAll(() => {
      trixie = fetchTrixie();
      cacheDir = mkdtempSync(join(tmpdir(), 'sandglass-newer-'));
    }, 300_000);
    afterAll(() => {
      rmSync(cacheDir, {recursive: true, force: true});
      trixie[Symbol.dispose]();
      expect(microvmTraces(process.pid)).toEqual([]);
    });

    it('has the QEMU of Debian 13', async () => {
      expect(await programVersion(trixie.qemu)).toMatch(/ version 10\./);
    });

    it.each<[string, (parts: Trixie) => Partial<MicrovmDriverOptions>, RegExp]>([
      [
        'its kernel from a package',
        ({kernelPackage}) => ({kernel: {path: kernelPackage, modulesPath: null}}),
        /^6\.12\./,
      ],
      ['its QEMU', ({qemu}) => ({programs: {qemu}}), /^6\./],
      [
        'both',
        ({qemu, kernelPackage}) => ({programs: {qemu}, kernel: {path: kernelPackage, modulesPath: null}}),
        /^6\.12\./,
      ],
    ])(
      'with %s is booted, saved, restored and runs programs',
      async (_title, parts, release) => {
        const options = await machineOptions();
        await using driver = new MicrovmDriver({...options, cacheDir, acceleration: 'tcg', ...parts(trixie)});
        // Boots, saves, restores one of each image and runs in it.
        await driver.start({signal: undefined});
        const sandboxes = await Promise.all(
          [1, 2].map(() => driver.create({image: 'host', network: 'none'}, LIMITS, {signal: undefined})),
        );
        try {
          const answers = await Promise.all(
            sandboxes.map((sandbox) =>
              shell(
                sandbox,
                'uname -r; python3 -c "print(6 * 7)"; id -u; head -c 16 /dev/urandom | od -An -tx1',
              ),
            ),
          );
          for (const {stdout} of answers) {
            const [version, product, user] = stdout.split('\n');
            expect(version).toMatch(release);
            expect([product, user]).toEqual(['42', '1000']);
          }
          const numbers = answers.map(({stdout}) => stdout.split('\n')[3]);
          expect(new Set(numbers).size).toBe(2);
        } finally {
          await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
        }
      },
      300_000,
    );

    it('says what its console showed last when its kernel lacks the parts that nobody named', async () => {
      const options = await machineOptions();
      const path = join(cacheDir, 'kernel-without-modules');
      copyFileSync(options.kernel.imagePath, path);
      const kernel = {path, modulesPath: null};
      const driver = new MicrovmDriver({
        ...options,
        cacheDir,
        acceleration: 'tcg',
        bootWithinMs: 60_000,
        kernel,
      });
      await expect(driver.start({signal: undefined})).rejects.toMatchObject({
        code: 'isolation-unavailable',
        message: expect.stringMatching(/console showed last:.*vport0p1 did not appear/),
      });
    }, 120_000);
  });
});
