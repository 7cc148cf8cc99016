import {driverContract} from '../../contract/driver-contract.ts';
import {LACKING, PRIME_LIBRARY, startedLinuxDriver} from './support/linux-setup.ts';
import {linuxTraces} from './support/linux-traces.ts';

driverContract('linux', {
  start: startedLinuxDriver,
  image: 'host',
  primeLibrary: PRIME_LIBRARY,
  lacks: LACKING,
  traces: () => linuxTraces(process.pid),
});
