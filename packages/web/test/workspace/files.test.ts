import {describe, expect, test} from 'vitest';
import {addFile, deleteFile, editFile, pathProblem, renameFile} from '../../src/workspace/files.ts';
import {newWorkspace} from '../../src/workspace/workspace.ts';

const one = newWorkspace('python', {path: 'main.py', content: 'print(1)\n'});
const two = addFile(one, 'helper.py');

describe('files of a workspace', () => {
  test('a new file is empty and open', () => {
    expect(two.files.at(-1)).toEqual({path: 'helper.py', content: ''});
    expect(two.activePath).toBe('helper.py');
  });

  test('adding a file that is there only opens it', () => {
    expect(addFile(two, 'main.py')).toEqual({...two, activePath: 'main.py'});
  });

  test('renaming the open file keeps it open', () => {
    const renamed = renameFile(two, 'helper.py', 'tools.py');
    expect(renamed.activePath).toBe('tools.py');
    expect(renamed.files.map(({path}) => path)).toEqual(['main.py', 'tools.py']);
  });

  test('deleting the open file opens its neighbour', () => {
    expect(deleteFile(two, 'helper.py')).toEqual({...one, activePath: 'main.py'});
  });

  test('the last file cannot be deleted', () => {
    expect(deleteFile(one, 'main.py')).toBe(one);
  });

  test('editing to the same content is no change', () => {
    expect(editFile(one, 'main.py', 'print(1)\n')).toBe(one);
    expect(editFile(one, 'main.py', 'x').files[0]?.content).toBe('x');
  });
});

describe('paths of files', () => {
  test.each(['main.py', 'lib/tools.py', 'Ünï cödé.txt', '.hidden'])('%j is allowed', (path) => {
    expect(pathProblem(path, [])).toBeNull();
  });

  test.each(['', '/etc/passwd', '../up', 'a//b', 'a/./b', 'a/', 'line\nbreak', 'main.py'])(
    '%j is refused',
    (path) => {
      expect(pathProblem(path, ['main.py'])).toBeTypeOf('string');
    },
  );
});
