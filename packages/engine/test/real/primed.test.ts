import type {RunRequest} from '@sandglass/protocol';
import {describe, expect, it, vi} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import {useRealEngine} from '../support/real-engine.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const real = useRealEngine();

/** Resolves when the runtime waits again. */
async function untilPrimed(runtime: string): Promise<void> {
  const ready = () => real.engine.primed.find(({id}) => id === runtime)?.ready ?? 0;
  await vi.waitFor(() => expect(ready()).toBeGreaterThan(0), {timeout: 30_000, interval: 5});
}

/** Start of the process, in seconds before the program looked. */
const AGE_IN_PYTHON = `
import os
started = int(open('/proc/self/stat').read().rsplit(')', 1)[1].split()[19]) / os.sysconf('SC_CLK_TCK')
print(float(open('/proc/uptime').read().split()[0]) - started)`;

describe('primed runtimes', () => {
  it.each<[string, string, RunRequest]>([
    ['Python', 'python@python', {language: 'python', code: 'print(input())'}],
    ['JavaScript', 'javascript@node', {language: 'javascript', code: 'process.stdin.pipe(process.stdout)'}],
    ['PHP', 'php@php', {language: 'php', code: '<?php echo fgets(STDIN);'}],
  ])('run programs in %s', async (_name, runtime, request) => {
    await untilPrimed(runtime);
    expect(await real.run({...request, stdin: 'a line\n'})).toMatchObject({
      outcome: 'ok',
      run: {stdout: 'a line\n', stderr: ''},
    });
  });

  it('run compiled TypeScript', async () => {
    await untilPrimed('typescript@typescript');
    const code = 'const text: string = "typed"; console.log(text, process.argv.length);';
    expect(await real.run({language: 'typescript', code})).toMatchObject({
      outcome: 'ok',
      run: {stdout: 'typed 2\n'},
    });
  });

  it('are taken over, which the age of the process tells', async () => {
    await untilPrimed('python@python');
    const before = performance.now();
    await vi.waitFor(() => expect(performance.now() - before).toBeGreaterThan(1000), {timeout: 5000});
    const primed = await real.run({language: 'python', code: AGE_IN_PYTHON});
    const plain = await real.run({language: 'python', code: AGE_IN_PYTHON, args: ['argument']});
    expect(Number(primed.run?.stdout)).toBeGreaterThan(0.9);
    expect(Number(plain.run?.stdout)).toBeLessThan(0.9);
  });

  it('are not used for programs that ask how long their process is there', async () => {
    await untilPrimed('javascript@node');
    const code =
      'console.log(process.uptime() < performance.now() / 1000 + 1, performance.timeOrigin > START)';
    const source = code.replace('START', String(Date.now()));
    expect((await real.run({language: 'javascript', code: source})).run?.stdout).toBe('true true\n');
  });

  it('are not used for programs with packages that are looked for at the start', async () => {
    await untilPrimed('python@python');
    const [major, minor] = real.engine.languages.resolve('python').toolchain.version.split('.');
    const files = [
      {path: 'main.py', content: 'import mine; print(mine.NAME)'},
      {path: `.local/lib/python${major}.${minor}/site-packages/mine.py`, content: 'NAME = "mine"'},
    ];
    expect((await real.run({language: 'python', files})).run?.stdout).toBe('mine\n');
  });

  it('keep nothing of one run for another', async () => {
    for (const expected of ['True\n', 'True\n']) {
      await untilPrimed('python@python');
      const code =
        'import sys, os; print(not hasattr(sys, "mark") and os.listdir("/work") == ["main.py"]); sys.mark = 1; open("left", "w")';
      expect((await real.run({language: 'python', code})).run?.stdout).toBe(expected);
    }
  });

  it('are off when their memory is 0, or for languages that are not named', async () => {
    await using folder = await temporaryFolder();
    await using off = await createEngine({dataDir: folder.path, pool: {primedMemoryBytes: 0}});
    expect(off.primed).toEqual([]);
    await off[Symbol.asyncDispose]();
    await using some = await createEngine({dataDir: folder.path, primedLanguages: ['php']});
    expect(some.primed.map(({id}) => id)).toEqual(['php@php']);
  });
});
