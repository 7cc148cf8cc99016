import {expect, test} from 'vitest';
import {splitWords} from '../../src/workspace/split-words.ts';

test.each([
  ['', []],
  ['  one   two ', ['one', 'two']],
  ['"a b" c', ['a b', 'c']],
  ["'a \\ b'", ['a \\ b']],
  ['a\\ b', ['a b']],
  ['--name="x y"z', ['--name=x yz']],
  ['""', ['']],
  ['"open', ['open']],
  ['$HOME *', ['$HOME', '*']],
])('%j becomes %j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});
