import {RECIPES} from '@sandglass/languages';
import {expect, test} from 'vitest';
import languagePackages from '../setup/language-packages.json' with {type: 'json'};

test('set-up knows exactly the languages that have a recipe', () => {
  const known = [...Object.keys(languagePackages.debian), ...languagePackages.bundled];
  expect(known.sort()).toEqual(RECIPES.map(({id}) => id).sort());
});

test("set-up's packages of a language are among those that its recipe names", () => {
  for (const [id, {packages}] of Object.entries(languagePackages.debian)) {
    const recipe = RECIPES.find((candidate) => candidate.id === id);
    const named = recipe?.toolchains.flatMap(({debianPackages}) => debianPackages) ?? [];
    expect(named, id).toEqual(expect.arrayContaining(packages.filter((name) => name !== 'libc6-dev')));
  }
});
