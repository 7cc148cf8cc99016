import {expect, test} from 'vitest';
import {toOneLine} from '../../src/terminal/sanitize.ts';
import {formatTable} from '../../src/terminal/table.ts';
import {formatBytes, formatMs} from '../../src/terminal/units.ts';

test('control characters of a program do not reach the terminal through a line of ours', () => {
  expect(toOneLine('a\u001b[2Jb\nc\u009bd\u0007')).toBe('a\ufffd[2Jb c\ufffdd\ufffd');
});

test('sizes and times are written for people', () => {
  expect([0, 1023, 1024, 3_416_064, 5 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.00 KiB',
    '3.26 MiB',
    '5.00 GiB',
  ]);
  expect([0.8412, 12.34, 999, 1500].map(formatMs)).toEqual(['0.84 ms', '12.3 ms', '999 ms', '1.50 s']);
});

test('columns are as wide as their widest cell, without trailing blanks', () => {
  expect(
    formatTable([
      ['a', 'b'],
      ['long', ''],
      ['x', 'y'],
    ]),
  ).toEqual(['a     b', 'long', 'x     y']);
});
