import {afterAll, describe, expect, it} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {gvisorReleases} from './support/gvisor-releases.ts';
import {GvisorPlace, hasGvisor} from './support/gvisor-setup.ts';

/** Where another kernel can differ from what the linux driver shows on every run; SANDGLASS_TEST_FULL=1 runs all. */
const USUAL: readonly ContractGroup[] = ['isolation', 'differences'];

const releases = await gvisorReleases();

// Why there is none was said by the set-up.
it.skipIf(!hasGvisor)('there is a release of gVisor to be held to the contract', () => {
  expect(releases).not.toEqual([]);
});

describe.each(releases)('with $name', ({options, lacks, groups}) => {
  const place = new GvisorPlace();
  afterAll(() => place[Symbol.dispose]());

  driverContract(
    'gvisor',
    {
      start: () => place.driver(options),
      image: 'host',
      primeLibrary: null,
      // A system call that is caught takes several turns of a processor, and a busy machine makes each of them wait.
      slowdown: 3,
      lacks,
      traces: () => place.traces(),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : [...USUAL, ...groups],
  );
});
