import {describe, expect, it} from 'vitest';
import {writeCsv} from '../../src/classroom/csv.ts';

describe('a table as CSV', () => {
  it('has a byte order mark and ends each row with CR LF, the last one too', () => {
    expect(
      writeCsv([
        ['a', 1],
        ['b', null],
      ]),
    ).toBe('\uFEFFa,1\r\nb,\r\n');
  });

  it.each([
    ['a comma', 'a,b', '"a,b"'],
    ['quotes', 'say "hi"', '"say ""hi"""'],
    ['a line break', 'a\nb', '"a\nb"'],
    ['markup and marks of direction', '<b>\u202Ex', '<b>\u202Ex'],
  ])('quotes %s where RFC 4180 asks for it', (_, text, cell) => {
    expect(writeCsv([[text]])).toBe(`\uFEFF${cell}\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '=HYPERLINK("http://evil","x")'])(
    'lets no spreadsheet take %j for a formula',
    (text) => {
      const csv = writeCsv([[text]]);
      expect(csv).toMatch(/^\uFEFF"?'/);
      expect(csv.replaceAll('""', '"')).toContain(`'${text}`);
    },
  );

  it('leaves numbers numbers, also negative ones', () => {
    expect(writeCsv([[-1.5, 0]])).toBe('\uFEFF-1.5,0\r\n');
  });
});
