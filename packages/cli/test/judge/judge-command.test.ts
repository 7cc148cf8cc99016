import {mkdtempDisposable, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {sandglass} from '../support/sandglass.ts';

async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-judge-'));
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder.path, path), content);
  return folder;
}

const TESTS = {'2.in': '2 2', '2.ans': '4', '10.in': '1 2', '10.out': '3\n'};

describe('sandglass judge', () => {
  test('exits with 0 when all tests passed, and lists them by number', async () => {
    await using folder = await folderWith({...TESTS, 'sum.sh': 'read a b; echo $((a + b))'});
    const {exitCode, stdout} = await sandglass(['judge', 'sum.sh', '--tests', '.'], {cwd: folder.path});
    expect(stdout).toMatch(/^test.*\n2 +ok.*\n10 +ok.*\nok: 2 of 2 passed, 2 of 2 points\n$/);
    expect(exitCode).toBe(0);
  });

  test('exits with 1 when one failed, and says where', async () => {
    await using folder = await folderWith({...TESTS, 'sum.sh': 'echo 3'});
    const {exitCode, stdout} = await sandglass(['judge', 'sum.sh', '--tests', '.'], {cwd: folder.path});
    expect(stdout).toMatch(/2 +wrong-answer .*Line 1 is "3" but should be "4"/);
    expect(stdout).toContain('wrong-answer: 1 of 2 passed');
    expect(exitCode).toBe(1);
  });

  test('takes checkers by name and as a program', async () => {
    await using folder = await folderWith({
      '1.in': '',
      '1.out': '3.0',
      'p.sh': 'echo 3.0000001',
      'check.sh': 'grep -q 3.0000001 "$3"',
    });
    const judge = (checker: string) =>
      sandglass(['judge', 'p.sh', '--tests', '.', '--checker', checker], {cwd: folder.path});
    expect((await judge('float:1e-3')).exitCode).toBe(0);
    expect((await judge('float:1e-9')).exitCode).toBe(1);
    expect((await judge('check.sh')).exitCode).toBe(0);
  });

  test('exits with 66 for a folder without tests and for an input without an answer', async () => {
    await using folder = await folderWith({'p.sh': 'true', 'x.in': ''});
    const lonely = await sandglass(['judge', 'p.sh', '--tests', '.'], {cwd: folder.path});
    expect(lonely).toMatchObject({exitCode: 66, stderr: expect.stringContaining('x.out or x.ans')});
    const missing = await sandglass(['judge', 'p.sh', '--tests', 'none'], {cwd: folder.path});
    expect(missing.exitCode).toBe(66);
  });
});
