import {driverContract} from '../../contract/driver-contract.ts';
import {describeWithMachines, guestSlowdown, startedMicrovmDriver} from './support/microvm-setup.ts';
import {microvmTraces} from './support/microvm-traces.ts';

/** Without KVM the whole contract takes minutes; these groups are about what differs most from the other drivers. */
const QUICK = ['limits', 'isolation', 'lifetime'] as const;

const slowdown = await guestSlowdown();

describeWithMachines('microvm driver', () =>
  driverContract(
    'microvm',
    {
      start: startedMicrovmDriver,
      image: 'host',
      // Its memory, and its start, are the guest's own affair: the engine primes at the linux level only.
      primeLibrary: null,
      lacks: ['memory-peak-reset', 'inodes'],
      slowdown,
      traces: () => microvmTraces(process.pid),
    },
    process.env.SANDGLASS_TEST_FULL === '1' ? undefined : QUICK,
  ),
);
