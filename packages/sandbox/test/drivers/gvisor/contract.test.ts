import {afterAll, describe} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {gvisorReleases} from './support/gvisor-releases.ts';
import {GvisorPlace} from './support/gvisor-setup.ts';

/** Where another kernel can differ from what the linux driver shows on every run; SANDGLASS_TEST_FULL=1 runs all. */
const USUAL: readonly ContractGroup[] = ['isolation', 'differences'];

describe.each(await gvisorReleases())('with $name', ({options, lacks, groups}) => {
  const place = new GvisorPlace();
  afterAll(() => place[Symbol.dispose]());

  driverContract(
    'gvisor',
    {
      start: () => place.driver(options),
      image: 'host',
      primeLibrary: null,
      lacks,
      traces: () => place.traces(),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : [...USUAL, ...groups],
  );
});
