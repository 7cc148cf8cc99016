import {afterAll, beforeAll, describe} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {DockerDaemon, hasDocker} from './support/docker-daemon.ts';
import {startedDockerDriver} from './support/docker-setup.ts';

/** Where containers can differ from what the linux driver shows on every run; SANDGLASS_TEST_FULL=1 runs all. */
const USUAL: readonly ContractGroup[] = ['limits', 'isolation', 'lifetime', 'differences'];

describe.skipIf(!hasDocker)('with a daemon of its own', () => {
  let daemon: DockerDaemon;
  beforeAll(async () => {
    daemon = await DockerDaemon.start();
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  driverContract(
    'docker',
    {
      start: () => startedDockerDriver(daemon),
      image: 'host',
      primeLibrary: null,
      lacks: ['shared-disk', 'disk-resize', 'memory-peak-reset', 'bare-root', 'nosuid-mounts'],
      traces: () => daemon.traces(),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : USUAL,
  );
});
