import {SandglassError} from '@sandglass/protocol';
import {describe, expect, test} from 'vitest';
import type {CatalogueEntry} from '../src/catalogue.ts';
import {RECIPES} from '../src/recipes/all.ts';
import {resolveLanguage} from '../src/resolve-language.ts';

const VERSIONS: Record<string, [string, string][]> = {
  python: [['python', '3.11.2']],
  c: [
    ['gcc', '12.2.0'],
    ['clang', '14.0.6'],
  ],
  cpp: [['gcc', '12.2.0']],
};

const ENTRIES: CatalogueEntry[] = RECIPES.map((recipe) => {
  const toolchains = (VERSIONS[recipe.id] ?? []).map(([name, version]) => ({name, version, digest: 'd'}));
  return {recipe, toolchains, reason: toolchains.length > 0 ? null : 'It is not installed.'};
});

describe('row 9: aliases and versions', () => {
  test.each([
    ['python', 'python', '3.11.2'],
    ['PY', 'python', '3.11.2'],
    ['c++', 'cpp', '12.2.0'],
    ['python@3', 'python', '3.11.2'],
    ['python@3.11', 'python', '3.11.2'],
    ['c', 'c', '12.2.0'],
    ['c@clang', 'c', '14.0.6'],
    ['c@14', 'c', '14.0.6'],
  ])('%s means %s %s', (name, id, version) => {
    const {recipe, toolchain} = resolveLanguage(ENTRIES, name);
    expect([recipe.id, toolchain.version]).toEqual([id, version]);
  });

  test.each([
    ['nope', 'unknown-language', 'Known languages: python, javascript'],
    ['pythn', 'unknown-language', 'Did you mean "python"?'],
    ['', 'unknown-language', 'Known languages:'],
    ['a@b@c', 'unknown-language', 'Known languages:'],
    ['python@3.1', 'unknown-language', 'python@3.11.2'],
    ['python@2', 'unknown-language', 'It offers python@3.11.2 (python)'],
    ['c@', 'unknown-language', 'c@14.0.6 (clang)'],
    ['go', 'language-unavailable', 'It is not installed.'],
  ])('%j is refused with %s', (name, code, text) => {
    const error = refusal(name);
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
  });
});

test('No two languages claim the same name', () => {
  const names = RECIPES.flatMap(({id, aliases}) => [id, ...aliases]);
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(names.map((name) => name.toLowerCase()));
});

function refusal(name: string): SandglassError {
  try {
    resolveLanguage(ENTRIES, name);
  } catch (error) {
    if (error instanceof SandglassError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
}
