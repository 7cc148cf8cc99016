import {afterAll, beforeAll, describe} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {startedDockerDriver} from './support/docker-setup.ts';
import {hasPodman, PodmanService} from './support/podman-service.ts';

/** Where containers of Podman can differ from Docker's; SANDGLASS_TEST_FULL=1 runs all. */
const USUAL: readonly ContractGroup[] = ['isolation'];

describe.skipIf(!hasPodman)('with a Podman service of its own', () => {
  let service: PodmanService;
  beforeAll(async () => {
    service = await PodmanService.start();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  driverContract(
    'docker over Podman',
    {
      start: () => startedDockerDriver(service, {runDir: service.runDir}),
      image: 'host',
      primeLibrary: null,
      lacks: ['shared-disk', 'disk-resize', 'memory-peak-reset', 'bare-root', 'nosuid-mounts', 'inodes'],
      traces: () => service.traces(),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : USUAL,
  );
});
