import {DockerDriver} from '@sandglass/sandbox';
import {HOST_IMAGE} from '../../../support/host-image.ts';

/**
 * A worker of its own, for tests that kill it: `node starting-worker.ts SOCKET NATIVE_DIR RUN_DIR HEARD_WITHIN_MS`. Prints a line and begins to make
 * sandboxes, another line when they are there; ends when its standard input does.
 */
const [, , socketPath = '', nativeDir = '', runDir = '', heardWithinMs = ''] = process.argv;
await using driver = new DockerDriver({
  ...{nativeDir, socketPath, runDir},
  images: [HOST_IMAGE],
  heardWithinMs: Number(heardWithinMs),
});
await driver.start({signal: undefined});
process.stdout.write('starting\n');
const limits = {memoryBytes: 256 * 1024 * 1024, processes: 64, cpuCount: 1, diskBytes: 16 * 1024 * 1024};
const creations = Array.from({length: 4}, () =>
  driver.create({image: 'host', network: 'none'}, limits, {signal: undefined}),
);
if ((await Promise.allSettled(creations)).every(({status}) => status === 'fulfilled'))
  process.stdout.write('started\n');
for await (const _ of process.stdin);
