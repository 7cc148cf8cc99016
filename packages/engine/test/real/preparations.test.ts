import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import type {Engine} from '../../src/engine.ts';
import {type TemporaryFolder, temporaryFolder} from '../support/temporary-folder.ts';

const IO = '#include <iostream>\nint main() { std::cout << "text" << std::endl; }\n';

/** Asks GCC inside a sandbox which files it reads: one line with an exclamation mark for a precompiled header that it takes. */
const WHICH_HEADERS = `cat > main.cpp && g++ -std=gnu++20 -O2 -Wall -I. -H -c main.cpp -isystem /opt/sandglass/prepared/headers 2>&1 | grep gch; :`;

let folder: TemporaryFolder;
let engine: Engine;
beforeAll(async () => {
  folder = await temporaryFolder();
  engine = await createEngine({dataDir: folder.path});
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Resolves when a target whose name contains `part` is complete. */
async function prepared(part: string): Promise<void> {
  const notes = () => readdir(join(folder.path, 'prepared/notes'));
  await expect.poll(notes, {timeout: 60_000}).toContainEqual(expect.stringContaining(part));
}

describe('preparations', () => {
  it('make the next compile of such a program faster, without changing what it says or does', async () => {
    const broken = `${IO}int unused() { int x; std::cout << std::cin; }\n`;
    const run = (code: string) => engine.run({language: 'cpp', code, cache: 'off'});
    const before = [await run(IO), await run(broken)];
    await prepared('iostream');
    const which = await engine.run({language: 'bash', code: WHICH_HEADERS, stdin: IO});
    expect(which.run?.stdout).toMatch(/^! \/opt\/sandglass\/prepared\/headers\/iostream\.gch\//);
    const after = [await run(IO), await run(broken)];
    for (const [index, {outcome, compile, run: program, diagnostics}] of after.entries()) {
      const first = before[index];
      expect({outcome, diagnostics}).toEqual({outcome: first?.outcome, diagnostics: first?.diagnostics});
      expect(compile?.stderr).toBe(first?.compile?.stderr);
      expect(program?.stdout).toBe(first?.run?.stdout);
    }
  });

  it('are made for other options once those were asked for three times, and GCC takes them then', async () => {
    const compilerOptions = ['-O0', '-g'];
    const run = () => engine.run({language: 'cpp', code: IO, compilerOptions, cache: 'off'});
    for (let time = 0; time < 3; time += 1) expect(await run()).toMatchObject({outcome: 'ok'});
    await prepared('headers-O0-g');
    const code = WHICH_HEADERS.replace('headers 2>', 'headers-O0-g 2>').replace('-O2', '-O2 -O0 -g');
    const which = await engine.run({language: 'bash', code, stdin: IO});
    expect(which.run?.stdout).toMatch(/^! \/opt\/sandglass\/prepared\/headers-O0-g\/iostream\.gch\//);
    expect(await run()).toMatchObject({outcome: 'ok', run: {stdout: 'text\n'}});
  });

  it('give way to a header of the same name among the user’s files', async () => {
    await engine.run({language: 'cpp', code: IO});
    await prepared('iostream');
    const result = await engine.run({
      language: 'cpp',
      files: [
        {path: 'main.cpp', content: '#include <iostream>\nint main() { return MINE; }\n'},
        {path: 'iostream', content: '#define MINE 7\n'},
      ],
    });
    expect(result).toMatchObject({outcome: 'runtime-error', run: {exitCode: 7}});
  });

  it('are used by javac, and are nothing that a program could change', async () => {
    const java = (text: string) =>
      engine.run({
        language: 'java',
        code: `public class Main { public static void main(String[] a) { System.out.println("${text}"); } }`,
      });
    // Without an archive the compiler says nothing of it either.
    const silent = {stdout: '', stderr: ''};
    expect(await java('one')).toMatchObject({outcome: 'ok', compile: silent, run: {stdout: 'one\n'}});
    await prepared('java');
    expect(await java('two')).toMatchObject({outcome: 'ok', compile: silent, run: {stdout: 'two\n'}});
    const attack = await engine.run({
      language: 'bash',
      code: 'cd /opt/sandglass/prepared && for f in . java java/*; do touch $f/x $f; echo x > $f; chmod 777 $f; rm -rf $f; mv $f /tmp; done; ls java/*.jsa',
    });
    expect(attack.run?.stdout).toMatch(/^java\/[0-9a-f]+\.jsa\n$/);
    expect(attack.run?.stderr).toContain('Read-only file system');
    expect(await java('three')).toMatchObject({outcome: 'ok', run: {stdout: 'three\n'}});
  });

  it('that are still being made when the engine closes leave nothing behind', async () => {
    {
      await using other = await createEngine({dataDir: folder.path, pool: {floor: 1}});
      await other.run({language: 'cpp', code: `#include <bits/stdc++.h>\n${IO}`});
    }
    const names = await readdir(join(folder.path, 'prepared'), {recursive: true});
    expect(names.filter((name) => name.includes('draft') || name.includes('stdc++'))).toEqual([]);
  });
});
