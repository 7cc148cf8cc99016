import {existsSync} from 'node:fs';
import {mkdir, mkdtempDisposable, readFile, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {sandglass} from '../support/sandglass.ts';

async function programs(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'sandglass-cli-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), {recursive: true});
    await writeFile(join(folder.path, path), content);
  }
  return folder;
}

describe('row 48: sandglass run', () => {
  test('passes stdout, stderr and the exit code on', async () => {
    await using folder = await programs({'a.sh': 'echo out; echo err >&2; exit 7'});
    const result = await sandglass(['run', 'a.sh'], {cwd: folder.path});
    expect(result).toEqual({exitCode: 7, stdout: 'out\n', stderr: 'err\n'});
  });

  test('reports a signal as 128 + n', async () => {
    await using folder = await programs({'a.sh': 'kill -SEGV $$'});
    expect((await sandglass(['run', 'a.sh'], {cwd: folder.path})).exitCode).toBe(139);
  });

  test('gives piped input, arguments and variables to the program', async () => {
    await using folder = await programs({'a.sh': 'cat; echo "$1|$2|$WHO"'});
    const args = ['run', 'a.sh', '--arg', 'a b', '--arg=--x', '--env', 'WHO=me=you'];
    const {stdout} = await sandglass(args, {cwd: folder.path, stdin: "it's\n"});
    expect(stdout).toBe("it's\na b|--x|me=you\n");
  });

  test('gives a program a core of its own, or says why not', async () => {
    await using folder = await programs({'a.py': 'import os; print(len(os.sched_getaffinity(0)))'});
    const args = ['run', 'a.py', '--cpu-pinning', '--json'];
    const {stdout, stderr, exitCode} = await sandglass(args, {cwd: folder.path});
    if (exitCode !== 0) expect(stderr).toContain('limits.cpuPinning');
    else
      expect(JSON.parse(stdout)).toMatchObject({
        run: {stdout: '1\n'},
        isolation: {enforced: expect.arrayContaining(['cpu-pinning'])},
      });
  });

  test('passes bytes through unchanged', async () => {
    await using folder = await programs({'a.sh': 'cat'});
    const bytes = Buffer.from(Array.from({length: 256}, (_, index) => index));
    const {stdout} = await sandglass(['run', 'a.sh'], {cwd: folder.path, stdin: bytes});
    expect(Buffer.from(stdout, 'latin1')).toEqual(bytes);
  });

  test('runs the program that it reads from standard input', async () => {
    const {stdout} = await sandglass(['run', '-', '--lang', 'bash'], {stdin: 'echo from input'});
    expect(stdout).toBe('from input\n');
  });

  test('starts the first of several files, and the named one of a folder', async () => {
    await using folder = await programs({
      'p/b.sh': '. lib/l.sh; hello',
      'p/lib/l.sh': 'hello() { echo hi; }',
    });
    const several = await sandglass(['run', 'p/b.sh', 'p/lib/l.sh'], {cwd: folder.path});
    const whole = await sandglass(['run', 'p', '--entry', 'b.sh'], {cwd: folder.path});
    expect([several.stdout, whole.stdout]).toEqual(['hi\n', 'hi\n']);
  });

  test('exits with 65 and the compiler’s words for a program that does not compile', async () => {
    await using folder = await programs({'a.c': 'int main(void) { return oops; }'});
    const result = await sandglass(['run', 'a.c'], {cwd: folder.path});
    expect(result.exitCode).toBe(65);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('oops');
  });

  test('exits with 124 and says why when the time is up', async () => {
    await using folder = await programs({'a.sh': 'echo first; while :; do :; done'});
    const result = await sandglass(['run', 'a.sh', '--limit', 'wallTime=500ms'], {cwd: folder.path});
    expect(result.exitCode).toBe(124);
    expect(result.stdout).toBe('first\n');
    expect(result.stderr).toMatch(/^sandglass: .*500/);
  });

  test('prints the result as JSON on request, and nothing else', async () => {
    await using folder = await programs({'a.sh': 'echo hi; exit 3'});
    const {exitCode, stdout, stderr} = await sandglass(['run', 'a.sh', '--json'], {cwd: folder.path});
    expect(JSON.parse(stdout)).toMatchObject({outcome: 'runtime-error', run: {exitCode: 3, stdout: 'hi\n'}});
    expect([exitCode, stderr]).toEqual([3, '']);
  });

  test('saves artifacts and refuses to write over existing files', async () => {
    await using folder = await programs({'a.sh': 'echo data > result.txt'});
    const args = ['run', 'a.sh', '--artifact', '*.txt', '--artifact-dir', 'out'];
    expect((await sandglass(args, {cwd: folder.path})).exitCode).toBe(0);
    expect(await readFile(join(folder.path, 'out/result.txt'), 'utf8')).toBe('data\n');
    const again = await sandglass(args, {cwd: folder.path});
    expect(again.exitCode).toBe(73);
    expect(again.stderr).toContain('not overwritten');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'stops the run at %s, and no process of it is left',
    async (signal) => {
      await using folder = await programs({'a.sh': 'echo started; sleep 3217'});
      const result = await sandglass(['run', 'a.sh'], {
        cwd: folder.path,
        when: {prints: 'started', act: (child) => child.kill(signal)},
      });
      expect(result.exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
      const {stdout} = await sandglass(['run', '-', '--lang', 'bash', '--stdin', ''], {stdin: 'exit 0'});
      expect(stdout).toBe('');
      expect(await processesNamed('3217')).toEqual([]);
    },
  );

  test('ends quietly when the reader of its output has gone', async () => {
    await using folder = await programs({'a.sh': 'while :; do echo y; done'});
    const result = await sandglass(['run', 'a.sh', '--limit', 'output=8MiB'], {
      cwd: folder.path,
      when: {prints: 'y', act: (child) => child.stdout?.destroy()},
    });
    expect(result.exitCode).toBe(141);
  });
});

describe('sandglass run refuses', () => {
  test.each([
    [['run', '/nonexistent.py'], 66, 'Cannot read /nonexistent.py'],
    [['run', 'a.unknown'], 64, '--lang'],
    [['run', 'a.unknown', '--lang', 'klingon'], 64, 'klingon'],
    [['run', 'a.sh', '--limit', 'memroy=1'], 64, 'Did you mean'],
    [['run', 'a.sh', '--limit', 'memory=1000GiB'], 64, 'at most'],
    [['run', 'a.sh', '--env', 'novalue'], 64, 'NAME=VALUE'],
    [['run', 'a.sh', '--network', 'internet'], 77, 'network'],
    [['run', 'a.sh', '--isolation', 'microvm'], 69, 'microvm'],
    [['run', 'a.sh', '--server', 'http://127.0.0.1:1'], 69, 'No answer from http://127.0.0.1:1'],
    [['run', 'a.sh', '--bogus'], 64, '--bogus'],
    [['nonsense'], 64, 'nonsense'],
  ])('%j with exit code %d, saying "%s"', async (args, exitCode, words) => {
    await using folder = await programs({'a.sh': 'echo hi', 'a.unknown': 'x'});
    const result = await sandglass(args, {cwd: folder.path});
    expect(result.stderr).toContain(words);
    expect([result.exitCode, result.stdout]).toEqual([exitCode, '']);
  });
});

/** Processes of this machine whose command line holds the word. */
async function processesNamed(word: string): Promise<string[]> {
  const {readdir} = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map(async (pid) => {
    const path = `/proc/${pid}/cmdline`;
    // A process may end while the list is read.
    return existsSync(path) ? readFile(path, 'utf8').catch(() => '') : '';
  });
  return (await Promise.all(lines)).filter((line) => line.split('\0').includes(word));
}
