import {expect, test} from 'vitest';
import {addCounts, formatCounts} from '../run-tests/counts.ts';
import {countTap} from '../run-tests/tap.ts';

test('results of several TAP programs are added up', () => {
  const output =
    '1..3\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no cgroup\n1..1\nok 1 - d\n# ok is no result here\n';
  expect(countTap(output)).toEqual({passed: 2, failed: 1, skipped: 1});
});

test('a program that bails out counts as a failure', () => {
  expect(countTap('ok 1\nBail out! no launcher\n')).toEqual({passed: 1, failed: 1, skipped: 0});
});

test('the last line names skipped tests only when there are some', () => {
  const counts = {passed: 3, failed: 0, skipped: 0};
  expect(formatCounts(counts)).toBe('3 passed, 0 failed');
  expect(formatCounts(addCounts(counts, {passed: 0, failed: 1, skipped: 2}))).toBe(
    '3 passed, 1 failed, 2 skipped',
  );
});
