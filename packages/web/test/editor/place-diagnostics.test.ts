import {Text} from '@codemirror/state';
import {describe, expect, test} from 'vitest';
import {placeDiagnostics} from '../../src/editor/place-diagnostics.ts';

const text = Text.of(['int main() {', '  return nothing;', '}']);
const place = (line: number, column?: number) =>
  placeDiagnostics(text, 'main.c', [
    {file: 'main.c', line, severity: 'error', message: 'no', ...(column === undefined ? {} : {column})},
  ]).map(({from, to}) => text.sliceString(from, to));

describe('diagnostics in the editor', () => {
  test('mark the word that the compiler points at', () => {
    expect(place(2, 10)).toEqual(['nothing']);
  });

  test('mark the line without its indent when there is no column', () => {
    expect(place(2)).toEqual(['return nothing;']);
  });

  test('go to the last line when theirs is gone', () => {
    expect(place(99, 99)).toEqual(['}']);
  });

  test('of other files are left out', () => {
    const diagnostic = {file: 'other.c', line: 1, severity: 'error', message: 'no'} as const;
    expect(placeDiagnostics(text, 'main.c', [diagnostic])).toEqual([]);
  });
});
