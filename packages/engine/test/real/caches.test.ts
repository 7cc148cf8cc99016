import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {EngineEvent} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {createEngine} from '../../src/create-engine.ts';
import {useRealEngine} from '../support/real-engine.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const real = useRealEngine();

/** A C program that no other test compiles. */
const unique = (text: string) => ({
  language: 'c',
  code: `#include <stdio.h>\nint main(void){puts("${text}");}`,
});

describe('the compile cache', () => {
  it('compiles the same content once, and says so', async () => {
    const request = unique('once');
    const first = await real.run(request);
    const second = await real.run({...request, stdin: 'other input', limits: {wallTimeMs: 5000}});
    expect([first.cached.compile, second.cached.compile]).toEqual([false, true]);
    expect(second).toMatchObject({outcome: 'ok', run: {stdout: 'once\n'}, compile: first.compile});
  });

  it.each([
    ['another source', unique('other source'), unique('another source')],
    ['other compiler options', unique('options'), {...unique('options'), compilerOptions: ['-O0']}],
    ['another toolchain', unique('language'), {...unique('language'), language: 'cpp'}],
    [
      'another file name',
      {language: 'c', files: [{path: 'a.c', content: unique('x').code}]},
      {language: 'c', files: [{path: 'b.c', content: unique('x').code}]},
    ],
  ])('compiles again for %s', async (_, one, other) => {
    await real.run(one);
    expect((await real.run(other)).cached.compile).toBe(false);
  });

  it('keeps what a compiler refused, but not what a limit stopped', async () => {
    const refused = {language: 'c', code: 'int main(void) { return undeclared; }'};
    const [first, second] = [await real.run(refused), await real.run(refused)];
    expect([first.cached.compile, second.cached.compile]).toEqual([false, true]);
    expect({...second, cached: null}).toEqual({...first, cached: null});
    const stopped = {language: 'cpp', code: '#include <iostream>\nint main() { std::cout << "slow"; }'};
    expect((await real.run({...stopped, compileLimits: {wallTimeMs: 50}})).outcome).toBe('compile-error');
    expect(await real.run(stopped)).toMatchObject({outcome: 'ok', cached: {compile: false}});
  });

  it('stays out of it with cache "off"', async () => {
    const request = {...unique('off'), cache: 'off'} as const;
    await real.run(request);
    expect((await real.run(request)).cached.compile).toBe(false);
    expect((await real.run(unique('off'))).cached.compile).toBe(false);
  });

  it('does one compile for fifty who ask at the same time, also when the first is cancelled', async () => {
    const first = new AbortController();
    const request = unique('fifty');
    const leader = real.run(request, {signal: first.signal});
    const followers = Array.from({length: 49}, () => real.run(request));
    setTimeout(() => first.abort(), 20);
    const results = await Promise.all(followers);
    expect((await leader).outcome).toBe('cancelled');
    expect(results.every(({outcome, run}) => outcome === 'ok' && run?.stdout === 'fifty\n')).toBe(true);
    expect(new Set(results.map(({compile}) => compile?.wallTimeMs)).size).toBe(1);
  });

  it('outlives the engine, and notices damage', async () => {
    await using folder = await temporaryFolder();
    const request = unique('persistent');
    const runOnce = async () => {
      await using engine = await createEngine({dataDir: folder.path, pool: {floor: 1}});
      return await engine.run(request);
    };
    expect((await runOnce()).cached.compile).toBe(false);
    expect((await runOnce()).cached.compile).toBe(true);
    const records = await readdir(join(folder.path, 'cache/compile'), {recursive: true, withFileTypes: true});
    const [record] = records
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const content = await readFile(record ?? '');
    content[content.length - 100] = (content[content.length - 100] ?? 0) ^ 1;
    await writeFile(record ?? '', content);
    expect(await runOnce()).toMatchObject({
      outcome: 'ok',
      run: {stdout: 'persistent\n'},
      cached: {compile: false},
    });
  });
});

describe('the result cache', () => {
  const random = {
    language: 'python',
    code: 'import random, sys\nprint(random.random())\nsys.stderr.write("e")',
    cache: 'result',
  } as const;

  it('row 56: answers an identical request of the same scope from cache, marked, with the same events', async () => {
    const events: EngineEvent[] = [];
    const first = await real.run(random);
    const second = await real.run(random, {onEvent: (event) => void events.push(event)});
    expect(second).toEqual({...first, cached: {compile: false, result: true}});
    expect(
      events.map((event) => (event.kind === 'output' ? `${event.stream} ${event.data}` : event.kind)),
    ).toEqual(['state', `stdout ${first.run?.stdout}`, 'stderr e']);
  });

  it('row 56: keeps scopes apart', async () => {
    const [one, other] = [
      await real.run(random, {cacheScope: 'one'}),
      await real.run(random, {cacheScope: 'other'}),
    ];
    expect(other.cached.result).toBe(false);
    expect(other.run?.stdout).not.toBe(one.run?.stdout);
  });

  it.each([
    ['stdin', {stdin: 'x'}],
    ['arguments', {args: ['x']}],
    ['environment', {env: {X: 'x'}}],
    ['a limit', {limits: {wallTimeMs: 9999}}],
    ['artifacts', {artifacts: ['*']}],
  ])('runs again for other %s', async (_, difference) => {
    await real.run(random);
    expect((await real.run({...random, ...difference})).cached.result).toBe(false);
  });

  it('does not keep what a limit decided', async () => {
    const sleep = {
      language: 'python',
      code: 'import time; time.sleep(9)',
      cache: 'result',
      limits: {wallTimeMs: 100},
    } as const;
    await real.run(sleep);
    expect((await real.run(sleep)).cached.result).toBe(false);
  });
});
