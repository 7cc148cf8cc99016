import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {BASE_ENVIRONMENT} from '../src/environment.ts';
import {RECIPES} from '../src/recipes/all.ts';

const page = readFileSync(new URL('../../../docs/languages.md', import.meta.url), 'utf8');

test('docs/languages.md lists exactly the languages there are, as they are', () => {
  const rows = page.split('\n').filter((line) => /^\| `\w+` \| [A-Z]/.test(line));
  const expected = RECIPES.map((recipe) => {
    const packages = recipe.toolchains[0]?.debianPackages.join(' ') || 'comes with Sandglass';
    const names = recipe.aliases.map((alias) => `\`${alias}\``).join(', ');
    const file =
      recipe.nameSource === undefined
        ? `\`${recipe.sourceFile}\``
        : `named after its public class, else \`${recipe.sourceFile}\``;
    const compiled = recipe.compile === undefined ? 'no' : 'yes';
    return `| \`${recipe.id}\` | ${recipe.name} | ${names} | ${file} | ${packages} | ${compiled} |`;
  });
  expect(rows).toEqual(expected);
});

test('docs/languages.md states every variable of the base environment and its value', () => {
  for (const [name, value] of Object.entries(BASE_ENVIRONMENT)) {
    expect(page).toMatch(
      new RegExp(`^\\| [^|]*\`${name}\`[^|]* \\| \`${value.replaceAll('.', '\\.')}\` \\|$`, 'm'),
    );
  }
});
