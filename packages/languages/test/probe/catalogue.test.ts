import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {SandboxPool} from '@sandglass/sandbox';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createLanguageCatalogue} from '../../src/probe/create-language-catalogue.ts';
import type {LanguageRecipe} from '../../src/recipe.ts';
import {RECIPES} from '../../src/recipes/all.ts';
import {bash} from '../../src/recipes/bash.ts';
import {type LanguageLab, openLanguageLab} from '../support/language-lab.ts';

describe('The language catalogue', () => {
  let lab: LanguageLab;
  let acquired = 0;
  let pool: SandboxPool;
  beforeAll(async () => {
    lab = await openLanguageLab();
    pool = {
      ...lab.pool,
      acquire: (...wanted) => {
        acquired += 1;
        return lab.pool.acquire(...wanted);
      },
    };
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  const catalogue = async (name: string, recipes: readonly LanguageRecipe[]) => {
    acquired = 0;
    const made = await createLanguageCatalogue(pool, {
      image: lab.image,
      cacheFolder: join(lab.folder, name),
      isolationDigest: '',
      recipes,
      signal: undefined,
    });
    return made.entries;
  };

  test('row 9: each language that is listed as available really runs, and it is proven only once', async () => {
    const first = await catalogue('all', RECIPES);
    expect(acquired).toBeGreaterThan(0);
    expect(first.filter(({recipe}) => recipe.id === 'typescript' || recipe.id === 'bash')).toMatchObject([
      {reason: null},
      {reason: null},
    ]);
    for (const {recipe, toolchains, reason} of first) {
      expect(toolchains.length > 0, recipe.id).toBe(reason === null);
      for (const {version} of toolchains) expect(version).toMatch(/^\d/);
    }
    const second = await catalogue('all', RECIPES);
    expect(second).toEqual(first);
    const broken = first.filter(({reason}) => reason?.includes('is installed but'));
    expect(broken).toEqual([]);
    expect(acquired).toBe(0);
  });

  test('a proof is made again when the recipe plans something else, or when the proofs are damaged', async () => {
    await catalogue('again', [bash]);
    await catalogue('again', [{...bash, run: (context) => ({...bash.run(context), env: {NEW: '1'}})}]);
    expect(acquired).toBe(1);
    await catalogue('again', [bash]);
    expect(acquired).toBe(1);
    await writeFile(join(lab.folder, 'again', 'language-proofs.json'), '{"x": [');
    await catalogue('again', [bash]);
    expect(acquired).toBe(1);
  });

  test('a missing toolchain is named with the command that brings it', async () => {
    const absent = {
      ...bash,
      toolchains: bash.toolchains.map((each) => ({...each, binaries: ['/usr/bin/no-such-shell']})),
    };
    const [entry] = await catalogue('absent', [absent]);
    expect(entry?.reason).toBe(
      '/usr/bin/no-such-shell is not there. Type "sandglass languages install bash" to install it (Debian: bash).',
    );
    expect(acquired).toBe(0);
  });

  test.each<[string, Partial<LanguageRecipe>, RegExp]>([
    [
      'prints something else',
      {example: 'echo nothing'},
      /its example does not print what it should \(exit code 0: nothing\)/,
    ],
    ['fails', {example: 'exit 7'}, /exit code 7/],
    [
      'cannot be started',
      {run: () => ({argv: ['/usr/bin/no-such-shell'], env: {}, files: []})},
      /no-such-shell/,
    ],
  ])('a toolchain whose example %s is not offered, and the reason is told', async (name, changes, reason) => {
    const [entry] = await catalogue(name, [{...bash, ...changes}]);
    expect(entry?.toolchains).toEqual([]);
    expect(entry?.reason).toMatch(reason);
  });
});
