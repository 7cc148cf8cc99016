import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {diffLines} from '../../src/judge/line-diff.ts';

describe('the difference of two outputs', () => {
  test('names what is missing and what is too much, in place', () => {
    expect(diffLines('1\n2\n3\n', '1\n3\n4\n').lines).toEqual([
      {kind: 'same', text: '1'},
      {kind: 'missing', text: '2'},
      {kind: 'same', text: '3'},
      {kind: 'extra', text: '4'},
    ]);
  });

  test('is cut after 400 lines and says so', () => {
    const long = 'x\n'.repeat(500);
    expect(diffLines(long, long)).toMatchObject({isCut: true});
    expect(diffLines(long, long).lines).toHaveLength(400);
  });

  test('holds each side whole and in order', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), {minLength: 1, maxLength: 30});
    fc.assert(
      fc.property(text, text, (expected, actual) => {
        const {lines} = diffLines(expected.join('\n'), actual.join('\n'));
        const side = (other: 'extra' | 'missing') =>
          lines.filter(({kind}) => kind !== other).map((line) => line.text);
        expect(side('extra')).toEqual(expected);
        expect(side('missing')).toEqual(actual);
      }),
    );
  });
});
