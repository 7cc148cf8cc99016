import {join} from 'node:path';
import {DockerDriver} from '@sandglass/sandbox';
import {HOST_IMAGE} from '../../../support/host-image.ts';
import {shell} from '../../../support/run-in.ts';

/**
 * The docker driver as an ordinary user has it: `node rootless-worker.ts NATIVE_DIR RUN_DIR`, with the daemon where users have theirs. Prints as JSON why it
 * refuses to work, what it enforces when it is allowed less, and what a program prints.
 */
const [, , nativeDir = '', runDir = ''] = process.argv;
const options = {nativeDir, runDir: join(runDir, 'sandglass'), images: [HOST_IMAGE]};
const limits = {memoryBytes: 256 * 1024 * 1024, processes: 16, cpuCount: 1, diskBytes: 16 * 1024 * 1024};

const strict = new DockerDriver(options);
const refusal = await strict.start({signal: undefined}).then(
  () => null,
  (error: Error) => ({code: 'code' in error ? error.code : null, message: error.message}),
);
await strict.close();

await using driver = new DockerDriver({...options, allowWeaker: true});
await driver.start({signal: undefined});
const sandbox = await driver.create({image: 'host', network: 'none'}, limits, {signal: undefined});
await sandbox.configure({...limits, memoryBytes: 128 * 1024 * 1024});
const {stdout} = await shell(
  sandbox,
  'id -u; cat /proc/self/uid_map; ls /sys/class/net 2>/dev/null; grep -c : /proc/net/dev; head -c 20M /dev/zero > f 2>/dev/null || echo full',
  {processes: limits.processes},
);
const crowded = await shell(sandbox, 'for i in $(seq 40); do sleep 5 & done; echo all', {
  processes: limits.processes,
});
await sandbox.destroy();
process.stdout.write(
  JSON.stringify({
    refusal,
    enforced: driver.isolation.enforced,
    weaker: driver.isolation.weaker.map(({mechanism}) => mechanism),
    stdout,
    isCrowded: crowded.stdout !== 'all\n',
  }),
);
