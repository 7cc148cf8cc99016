import {describe, expect, it} from 'vitest';
import {sourceTree} from '../../src/pipeline/source-tree.ts';

const PYTHON = {id: 'python', sourceFile: 'main.py'};
const JAVA = {id: 'java', sourceFile: 'Main.java', nameSource: (code: string) => `${code}.java`};
const file = (path: string) => ({path, content: Buffer.from(path)});
const code = Buffer.from('Solution');

describe('sourceTree', () => {
  it('names single code by the default of its language and starts it', () => {
    expect(sourceTree({code, files: [], entry: null}, PYTHON)).toEqual({
      files: [{path: 'main.py', content: code}],
      entry: 'main.py',
    });
  });

  it('names single code by its content where the language wants that', () => {
    expect(sourceTree({code, files: [], entry: null}, JAVA).entry).toBe('Solution.java');
  });

  it('falls back to the default for a name that no file could have', () => {
    expect(sourceTree({code: Buffer.from('X'.repeat(300)), files: [], entry: null}, JAVA).entry).toBe(
      'Main.java',
    );
  });

  it.each([
    ['the default name', ['b.py', 'main.py'], null, 'main.py'],
    ['the first file', ['b.py', 'a.py'], null, 'b.py'],
    ['the entry asked for', ['main.py', 'b.py'], 'b.py', 'b.py'],
  ])('starts %s', (_, paths, entry, expected) => {
    expect(sourceTree({code: null, files: paths.map(file), entry}, PYTHON).entry).toBe(expected);
  });

  it('starts another file than the code when asked to', () => {
    expect(sourceTree({code, files: [file('b.py')], entry: 'b.py'}, PYTHON).entry).toBe('b.py');
  });

  it.each([['main.py'], ['main.py/inner']])('refuses code whose place is taken by %s', (path) => {
    const refusal = expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringContaining(path),
    });
    expect(() => sourceTree({code, files: [file(path)], entry: null}, PYTHON)).toThrow(refusal);
  });

  it('refuses an entry that is no file and says what the code is called', () => {
    expect(() => sourceTree({code, files: [], entry: 'prog.py'}, PYTHON)).toThrow(
      '/entry is "prog.py", which is not the path of one of the files ("code" is stored as "main.py").',
    );
  });
});
