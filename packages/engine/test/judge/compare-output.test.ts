import {describe, expect, it} from 'vitest';
import {compareOutput} from '../../src/judge/compare-output.ts';

type Comparison = Parameters<typeof compareOutput>[2];

const compare = (actual: string, expected: string, comparison: Comparison) =>
  compareOutput(Buffer.from(actual, 'latin1'), Buffer.from(expected, 'latin1'), comparison);
const float = {kind: 'float', epsilon: 1e-6} as const;

describe('output is right', () => {
  it.each<[string, string, Comparison]>([
    ['1 2\n', '1 2\n', {kind: 'exact'}],
    ['1 2  \r\n\n\n', '1 2', {kind: 'trim'}],
    ['', '\n', {kind: 'trim'}],
    [' 1\n\n2 ', '1 2\n', {kind: 'tokens'}],
    ['0.3333333', '0.33333333333', float],
    ['1e10', '10000000001', float],
    ['-0', '0.0', float],
    ['Case 1: .5', 'Case 1: 0.5000001', float],
    ['nan', 'nan', float],
  ])('%j for %j by %j', (actual, expected, comparison) => {
    expect(compare(actual, expected, comparison)).toBeNull();
  });
});

describe('output is wrong, and the first difference is named', () => {
  it.each<[string, string, Comparison, string]>([
    ['1 2', '1 2\n', {kind: 'exact'}, 'Line 2 is missing'],
    [' 1', '1', {kind: 'trim'}, 'Line 1 is " 1" but should be "1"'],
    ['1\n\n2', '1\n2', {kind: 'trim'}, 'Line 2'],
    ['1\n2\n3', '1\n2', {kind: 'trim'}, 'should have ended'],
    ['1 3', '1 2', {kind: 'tokens'}, 'Word 2 is "3" but should be "2"'],
    ['1', '1 2', {kind: 'tokens'}, 'Word 2 is missing'],
    ['1.00001', '1', float, 'Word 1'],
    ['nan', '1', float, 'Word 1'],
    ['0x1', '1', float, 'Word 1'],
    ['Infinity', '1e400', float, 'Word 1'],
    ['\xff', '\xfe', {kind: 'tokens'}, 'Word 1'],
  ])('%j for %j by %j', (actual, expected, comparison, words) => {
    expect(compare(actual, expected, comparison)).toContain(words);
  });

  it('takes linear time over a line of blanks', () => {
    const blanks = ' '.repeat(4_000_000);
    const beginning = performance.now();
    expect(compare(`${blanks}x`, `${blanks}y`, {kind: 'trim'})).toContain('Line 1');
    expect(performance.now() - beginning).toBeLessThan(2000);
  });
});
