import {checkAll} from './check-all.ts';

const {passed, failed} = await checkAll();
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
