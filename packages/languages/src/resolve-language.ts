import {nearestName, SandglassError} from '@sandglass/protocol';
import type {CatalogueEntry, ResolvedLanguage} from './catalogue.ts';
import type {Toolchain} from './recipe.ts';

/**
 * Finds a language by id or alias, optionally with `@version` or `@toolchain`, ignoring case. A version may be given in part: `3`, `3.11`
 * and `3.11.2` all mean a Python 3.11.2. Throws `unknown-language` or `language-unavailable`, each naming what there is.
 */
export function resolveLanguage(entries: readonly CatalogueEntry[], name: string): ResolvedLanguage {
  const [wanted = '', choice = null, ...rest] = name.trim().toLowerCase().split('@');
  const entry = entries.find(({recipe}) => recipe.id === wanted || recipe.aliases.includes(wanted));
  if (entry === undefined || rest.length > 0) throw unknownLanguage(entries, name, wanted);
  const {recipe, toolchains, reason} = entry;
  const [standard] = toolchains;
  if (standard === undefined) {
    throw new SandglassError(
      'language-unavailable',
      `Cannot run ${recipe.name}: ${reason ?? 'it is unavailable.'}`,
    );
  }
  if (choice === null) return {recipe, toolchain: standard};
  const toolchain = toolchains.find((candidate) => isMeant(candidate, choice));
  if (toolchain !== undefined) return {recipe, toolchain};
  const offered = toolchains.map((each) => `${recipe.id}@${each.version} (${each.name})`).join(', ');
  throw new SandglassError(
    'unknown-language',
    `Cannot use language "${name}": this server has no such version or toolchain. It offers ${offered}.`,
  );
}

function isMeant({name, version}: Toolchain, choice: string): boolean {
  return name.toLowerCase() === choice || version === choice || version.startsWith(`${choice}.`);
}

function unknownLanguage(entries: readonly CatalogueEntry[], name: string, wanted: string): SandglassError {
  const ids = entries.map(({recipe}) => recipe.id);
  const near = nearestName(wanted, [...ids, ...entries.flatMap(({recipe}) => recipe.aliases)]);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  return new SandglassError(
    'unknown-language',
    `Unknown language "${name.slice(0, 100)}".${suggestion} Known languages: ${ids.join(', ')}.`,
  );
}
