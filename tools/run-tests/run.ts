import {checkAll} from '../check/check-all.ts';
import {addCounts, type Counts, formatCounts} from './counts.ts';
import {runNativeSuite} from './native-suite.ts';
import {runVitestSuite} from './vitest-suite.ts';

/**
 * `npm test`: checks, native tests, then everything else. Arguments go to vitest, and then only it runs.
 * All suites run whatever the ones before them gave; the last line sums them up.
 */
const args = process.argv.slice(2);
const startedAt = Date.now();
const suites: readonly (() => Promise<Counts>)[] =
  args.length > 0
    ? [() => runVitestSuite(args)]
    : [async () => ({...(await checkAll()), skipped: 0}), runNativeSuite, () => runVitestSuite([])];
let total: Counts = {passed: 0, failed: 0, skipped: 0};
for (const suite of suites) total = addCounts(total, await suite());
process.stdout.write(
  `\nTested in ${Math.round((Date.now() - startedAt) / 1000)} s\n${formatCounts(total)}\n`,
);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
