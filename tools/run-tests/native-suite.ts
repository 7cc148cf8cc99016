import {runStep} from '../run-step.ts';
import {addCounts, type Counts} from './counts.ts';
import {countTap} from './tap.ts';

/** Long enough to get past the first malformed frames in every branch of the parser, short enough for every `npm test`. */
const FUZZ_SECONDS = 20;
const MINUTE_MS = 60_000;

/** The C tests under AddressSanitizer and UndefinedBehaviorSanitizer, then the fuzz target of the wire parser for a bounded time. */
export async function runNativeSuite(): Promise<Counts> {
  const tests = await runStep('make', ['-C', 'native', '--silent', 'test'], {
    keepsStdout: true,
    timeoutMs: 8 * MINUTE_MS,
  });
  const counted = countTap(tests.stdout);
  // A suite that breaks off (a build error, a crash) may not have a single failing line.
  const isSilentFailure = tests.exitCode !== 0 && counted.failed === 0;
  const fuzz = await runStep('make', ['-C', 'native', '--silent', 'fuzz', `SECONDS=${FUZZ_SECONDS}`], {
    timeoutMs: 3 * MINUTE_MS,
  });
  const isFuzzGood = fuzz.exitCode === 0;
  return addCounts(counted, {
    passed: isFuzzGood ? 1 : 0,
    failed: (isFuzzGood ? 0 : 1) + (isSilentFailure ? 1 : 0),
    skipped: 0,
  });
}
