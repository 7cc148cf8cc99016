import {LinuxDriver} from '@sandglass/sandbox';
import {command} from '../../../support/command.ts';
import {HOST_IMAGE} from '../../../support/host-image.ts';
import {shell} from '../../../support/run-in.ts';

/**
 * A worker of its own, for tests that kill it or give it another user: `node driver-process.ts RUN_DIR NATIVE_DIR [WEAKER]`.
 * Prints one line of JSON when two sandboxes are there and one of them runs a program; ends when its standard input does.
 */
const [, , runDir = '', nativeDir = '', weaker = ''] = process.argv;
await using driver = new LinuxDriver({
  nativeDir,
  runDir,
  images: [HOST_IMAGE],
  allowWeaker: weaker === '' ? [] : weaker.split(','),
});
await driver.start({signal: undefined});
const limits = {memoryBytes: 256 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const [busy, idle] = await Promise.all(
  [1, 2].map(() => driver.create({image: 'host', network: 'none'}, limits, {signal: undefined})),
);
if (busy === undefined || idle === undefined) throw new Error('two sandboxes were asked for');
const seen = await shell(
  idle,
  'id -u; echo hello > f; cat f; ls /root /home /sys 2>/dev/null; kill -9 1 2>/dev/null; ls /proc | grep -c "^[0-9]"',
);
const running = busy.exec(command(['sh', '-c', 'sleep 1000 & sleep 1000'], {wallTimeMs: 0}));
await running.started;
process.stdout.write(`${JSON.stringify({isolation: driver.isolation, seen})}\n`);
running.exited.catch(() => {});
for await (const _ of process.stdin);
