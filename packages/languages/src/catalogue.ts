import type {LanguageRecipe, Toolchain} from './recipe.ts';

/** A language as this host offers it. */
export interface CatalogueEntry {
  readonly recipe: LanguageRecipe;
  /** Proven ones, the default first; empty when unavailable. */
  readonly toolchains: readonly Toolchain[];
  /** Why it is unavailable and what to type to get it; null when available. */
  readonly reason: string | null;
}

export interface ResolvedLanguage {
  readonly recipe: LanguageRecipe;
  readonly toolchain: Toolchain;
}

/** The languages of a host after probing. */
export interface LanguageCatalogue {
  readonly entries: readonly CatalogueEntry[];
  /**
   * Finds `id`, an alias, or `id@version` / `id@toolchain`, ignoring case.
   * Throws `unknown-language` naming the known ones, or `language-unavailable` with the reason.
   */
  resolve(name: string): ResolvedLanguage;
}
