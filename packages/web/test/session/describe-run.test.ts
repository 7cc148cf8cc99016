import {OUTCOMES} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import {describeOutcome, formatBytes, formatMs} from '../../src/session/describe-run.ts';

describe('words about a run', () => {
  test.each(OUTCOMES)('the outcome %s has words of its own', (outcome) => {
    expect(describeOutcome(outcome).label).not.toBe(outcome);
  });

  test('an outcome that is not known is shown by its name', () => {
    expect(describeOutcome('moon-phase')).toEqual({label: 'moon-phase', tone: 'bad'});
    expect(describeOutcome('constructor').label).toBe('constructor');
  });

  test.each([
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1500, '1.50 s'],
    [61_000, '61.0 s'],
  ])('%d ms reads %s', (ms, words) => expect(formatMs(ms)).toBe(words));

  test.each([
    [512, '512 B'],
    [2048, '2 KiB'],
    [3.9 * 1024 * 1024, '3.9 MiB'],
    [300 * 1024 * 1024, '300 MiB'],
    [2 ** 31, '2.00 GiB'],
  ])('%d bytes read %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words));
});
