import type {Counts} from './counts.ts';

const RESULT = /^\s*(not )?ok\b(?:[^#]*#\s*(skip|todo)\b)?/i;

/** Counts the results in the output of TAP programs (testanything.org, version 13), several in a row included. */
export function countTap(output: string): Counts {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const line of output.split('\n')) {
    const result = RESULT.exec(line);
    if (result === null) continue;
    if (result[2] !== undefined) skipped++;
    else if (result[1] !== undefined) failed++;
    else passed++;
  }
  // A program that gave up says so instead of the rest of its results.
  failed += output.match(/^Bail out!/gm)?.length ?? 0;
  return {passed, failed, skipped};
}
