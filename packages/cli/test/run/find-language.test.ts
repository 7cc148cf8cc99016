import {expect, test} from 'vitest';
import {findLanguage} from '../../src/run/find-language.ts';

const languages = [
  {id: 'c', extensions: ['.c']},
  {id: 'python', extensions: ['.py']},
];

test('the extension tells the language, in any case', () => {
  expect(findLanguage('a/b.PY', languages)).toBe('python');
});

test.each([
  ['Makefile', 'has no extension'],
  ['a.xyz', 'ends in .xyz'],
])('%s is refused, naming --lang and the languages', (file, reason) => {
  expect(() => findLanguage(file, languages)).toThrow(reason);
  expect(() => findLanguage(file, languages)).toThrow('--lang, one of: c, python');
});
