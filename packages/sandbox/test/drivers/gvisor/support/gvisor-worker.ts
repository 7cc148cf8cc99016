import {GvisorDriver, type GvisorDriverOptions} from '@sandglass/sandbox';
import {command} from '../../../support/command.ts';
import {HOST_IMAGE} from '../../../support/host-image.ts';

/**
 * A worker of its own, for tests that kill it: `node gvisor-worker.ts RUN_DIR NATIVE_DIR OPTIONS`, the options as JSON. Prints a line when two sandboxes are there and one of
 * them runs a program; ends when its standard input does.
 */
const [, , runDir = '', nativeDir = '', options = '{}'] = process.argv;
await using driver = new GvisorDriver({
  nativeDir,
  images: [HOST_IMAGE],
  runDir,
  // The test beside this file wrote it.
  ...(JSON.parse(options) as Partial<GvisorDriverOptions>),
});
await driver.start({signal: undefined});
const limits = {memoryBytes: 256 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const [busy] = await Promise.all(
  [1, 2].map(() => driver.create({image: 'host', network: 'none'}, limits, {signal: undefined})),
);
const running = busy?.exec(command(['sh', '-c', 'sleep 1000 & sleep 1000'], {wallTimeMs: 0}));
await running?.started;
running?.exited.catch(() => {});
process.stdout.write('ready\n');
for await (const _ of process.stdin);
