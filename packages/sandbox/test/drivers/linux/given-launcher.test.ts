import {LinuxDriver} from '@sandglass/sandbox';
import {expect, it} from 'vitest';
import {LauncherProcess} from '../../../src/drivers/linux/launcher-process.ts';
import {LIMITS} from '../../contract/driver-under-test.ts';
import {HOST_IMAGE} from '../../support/host-image.ts';
import {nativeBuild} from '../../support/native-build.ts';
import {shell} from '../../support/run-in.ts';
import {LACKING, temporaryRunDir} from './support/linux-setup.ts';
import {linuxTraces} from './support/linux-traces.ts';

const ALWAYS = {signal: undefined};

it('uses a launcher that something else started, one worker at a time, and leaves it running and empty', async () => {
  using runDir = temporaryRunDir();
  const options = {nativeDir: nativeBuild(), runDir: runDir.path, images: [HOST_IMAGE], allowWeaker: LACKING};
  const launcher = await LauncherProcess.start(options, 'given');
  try {
    for (const round of [1, 2]) {
      await using driver = new LinuxDriver({...options, launcherSocket: launcher.socketPath});
      await driver.start(ALWAYS);
      const sandbox = await driver.create({image: 'host', network: 'none'}, LIMITS, ALWAYS);
      expect((await shell(sandbox, `echo ${round}`)).stdout).toBe(`${round}\n`);
      await using second = new LinuxDriver({...options, launcherSocket: launcher.socketPath});
      await expect(second.start(ALWAYS)).rejects.toMatchObject({code: 'isolation-unavailable'});
      await driver.close();
      expect(sandbox.gone.aborted).toBe(true);
      expect(linuxTraces(process.pid)).toEqual([]);
    }
  } finally {
    await launcher.stop();
  }
  expect(await launcher.ended).toMatchObject({message: expect.stringContaining('exit code 0')});
});
