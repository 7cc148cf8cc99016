import {driverContract} from '../../contract/driver-contract.ts';
import {LACKING, startedLinuxDriver} from './support/linux-setup.ts';
import {linuxTraces} from './support/linux-traces.ts';

driverContract('linux', {
  start: startedLinuxDriver,
  image: 'host',
  lacks: LACKING,
  traces: () => linuxTraces(process.pid),
});
