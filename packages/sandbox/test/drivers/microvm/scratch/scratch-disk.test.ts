import {mkdtempSync, rmSync} from 'node:fs';
import {readdir, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Driver, Sandbox, SandboxLimits} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {shell} from '../../../support/run-in.ts';
import {describeWithMachines, machineOptions, startedMicrovmDriver} from '../support/microvm-setup.ts';
import {microvmTraces} from '../support/microvm-traces.ts';
import {mountMemory} from '../support/mount-memory.ts';

const MIB = 1024 * 1024;
const LIMITS: SandboxLimits = {memoryBytes: 64 * MIB, processes: 64, cpuCount: 1, diskBytes: 64 * MIB};
/** Translated instructions, on a machine with other work. */
const PATIENT = {wallTimeMs: 120_000, cpuTimeMs: 120_000};

function sandboxOf(driver: Driver, limits: Partial<SandboxLimits> = {}): Promise<Sandbox> {
  return driver.create({image: 'host', network: 'none'}, {...LIMITS, ...limits}, {signal: undefined});
}

describeWithMachines("a microVM's writable space", () => {
  describe('on the disk of its template', () => {
    let driver: Driver;
    beforeAll(async () => {
      driver = await startedMicrovmDriver();
    });
    afterAll(async () => {
      await driver.close();
      expect(microvmTraces(process.pid)).toEqual([]);
    });

    it('holds more than its memory', async () => {
      await using sandbox = await sandboxOf(driver, {diskBytes: 256 * MIB});
      const ended = await shell(sandbox, 'head -c 200M /dev/zero > a && wc -c < a', PATIENT);
      expect(ended).toMatchObject({stdout: `${200 * MIB}\n`, exitCode: 0, oomKills: 0, isDiskFull: false});
      expect(ended.diskUsedBytes).toBeGreaterThanOrEqual(200 * MIB);
    });

    it('is as large as was asked for, and says so to who looks', async () => {
      await using sandbox = await sandboxOf(driver, {diskBytes: 1024 * MIB});
      const available = 'df --output=avail -B1 /work | tail -1';
      expect(Number((await shell(sandbox, available)).stdout)).toBeGreaterThan(1023 * MIB);
      await sandbox.configure({...LIMITS, diskBytes: 8 * MIB});
      expect(Number((await shell(sandbox, available)).stdout)).toBeLessThanOrEqual(8 * MIB);
      const ended = await shell(sandbox, 'head -c 9M /dev/zero > a || exit 9', PATIENT);
      expect(ended).toMatchObject({exitCode: 9, isDiskFull: true});
      expect(ended.stderr).toContain('No space left on device');
    });

    it('is refused when it is more than machines have, naming both', async () => {
      await expect(sandboxOf(driver, {diskBytes: 2048 * MIB})).rejects.toMatchObject({
        code: 'isolation-failed',
        message: expect.stringMatching(/2147483648/),
      });
    });

    it("holds nothing of another machine's, and can be looked at by files only", async () => {
      await using first = await sandboxOf(driver);
      await shell(first, 'echo secret > /work/a; sync');
      await using second = await sandboxOf(driver);
      const {stdout} = await shell(
        second,
        'ls -A /work /tmp /dev/shm; ls /dev/vd* /sys/fs/ext4 2>&1 | grep -vc "No such"; cat /dev/vdb 2>&1 | head -c 99',
      );
      expect(stdout).toContain('/work:\n');
      expect(stdout).not.toContain('secret');
      expect(stdout).toMatch(/\n0\ncat: \/dev\/vdb: No such file/);
    });

    it.runIf(process.env.SANDGLASS_TEST_FULL === '1')(
      'takes 131 072 files, and tells when it has no more',
      async () => {
        await using sandbox = await sandboxOf(driver, {diskBytes: 1024 * MIB});
        const source = [
          'import os, errno',
          'made = 0',
          'try:',
          '  while made < 140000:',
          '    if made % 4096 == 0: os.mkdir(f"d{made // 4096}")',
          '    os.close(os.open(f"d{made // 4096}/{made}", os.O_CREAT | os.O_WRONLY)); made += 1',
          'except OSError as error: print(errno.errorcode[error.errno], made > 120000)',
          'raise SystemExit(9)',
        ].join('\n');
        await sandbox.writeFiles([{path: 'fill.py', content: Buffer.from(source), mode: 0o644}]);
        const ended = await shell(sandbox, 'exec python3 fill.py', PATIENT);
        expect(ended).toMatchObject({stdout: 'ENOSPC True\n', exitCode: 9, isInodesFull: true});
      },
    );
  });

  describe('on a host with a slow disk and little room', () => {
    const ROOM_BYTES = 32 * MIB;
    const BYTES_PER_SECOND = 8 * MIB;
    let driver: Driver;
    let folder = '';
    const owned = new AsyncDisposableStack();
    beforeAll(async () => {
      const options = await machineOptions();
      folder = mkdtempSync(join(tmpdir(), 'sg-scratch-'));
      owned.defer(() => rmSync(folder, {recursive: true, force: true}));
      for (const name of ['disks', 'guests', 'templates'])
        await symlink(join(options.cacheDir, name), join(folder, name));
      await owned.use(await mountMemory(join(folder, 'scratch'), ROOM_BYTES));
      driver = owned.use(
        await startedMicrovmDriver({cacheDir: folder, diskIoBytesPerSecond: BYTES_PER_SECOND}),
      );
    });
    afterAll(async () => {
      await owned.disposeAsync();
      expect(microvmTraces(process.pid)).toEqual([]);
    });

    it('is written no faster than the rate allows', async () => {
      await using sandbox = await sandboxOf(driver);
      const ended = await shell(sandbox, 'head -c 16M /dev/zero > a', PATIENT);
      expect(ended.exitCode).toBe(0);
      // 2 MiB may be held back, and the rate is kept over a tenth of a second.
      expect(ended.wallTimeMs).toBeGreaterThan(((16 - 3) * MIB * 1000) / BYTES_PER_SECOND);
    });

    it('ends with its machine, and says why, when the host has no room for what a program wrote', async () => {
      await using sandbox = await sandboxOf(driver);
      const ended = shell(sandbox, 'head -c 60M /dev/zero > a; sync; echo written', PATIENT);
      await expect(ended).rejects.toMatchObject({
        code: 'sandbox-lost',
        message: expect.stringMatching(/its disk could not be written .* data folder/),
      });
      await sandbox.destroy();
      expect(await readdir(join(folder, 'scratch'))).toEqual([]);
    });

    it('is there again for the next one, when the room is', async () => {
      await using sandbox = await sandboxOf(driver);
      expect((await shell(sandbox, 'echo again > a; sync; cat a', PATIENT)).stdout).toBe('again\n');
    });
  });
});
