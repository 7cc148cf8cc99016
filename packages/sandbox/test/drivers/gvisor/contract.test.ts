import {afterAll, describe} from 'vitest';
import {type ContractGroup, driverContract} from '../../contract/driver-contract.ts';
import {GVISOR_LACKS, GvisorPlace, hasGvisor} from './support/gvisor-setup.ts';

/** Where another kernel can differ from what the linux driver shows on every run; SANDGLASS_TEST_FULL=1 runs all. */
const USUAL: readonly ContractGroup[] = ['isolation', 'differences'];

describe.skipIf(!hasGvisor)('with runsc', () => {
  const place = new GvisorPlace();
  afterAll(() => place[Symbol.dispose]());

  driverContract(
    'gvisor',
    {
      start: () => place.driver(),
      image: 'host',
      primeLibrary: null,
      lacks: GVISOR_LACKS,
      traces: () => place.traces(),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : USUAL,
  );
});
