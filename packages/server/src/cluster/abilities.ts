import type {Engine, ImageFacts, LevelFacts} from '@sandglass/engine';
import type {CatalogueEntry, LanguageRecipe, Toolchain} from '@sandglass/languages';

/** What a worker tells of its engine, as JSON in the store. Written and read by this module only, by processes of one version. */
interface Abilities {
  readonly levels: readonly LevelFacts[];
  readonly images: readonly ImageFacts[];
  readonly pinnableCpus: readonly number[];
  readonly languages: readonly {
    readonly id: string;
    readonly toolchains: readonly Toolchain[];
    readonly reason: string | null;
  }[];
}

export interface KnownAbilities {
  readonly levels: readonly LevelFacts[];
  readonly images: readonly ImageFacts[];
  readonly pinnableCpus: readonly number[];
  readonly entries: readonly CatalogueEntry[];
}

export function describeAbilities(
  engine: Pick<Engine, 'levels' | 'images' | 'pinnableCpus' | 'languages'>,
): string {
  const abilities: Abilities = {
    levels: engine.levels,
    images: engine.images,
    pinnableCpus: engine.pinnableCpus,
    languages: engine.languages.entries.map(({recipe, toolchains, reason}) => ({
      id: recipe.id,
      toolchains,
      reason,
    })),
  };
  return JSON.stringify(abilities);
}

/** Languages that this version has no recipe for belong to a worker of another version and are left out. */
export function readAbilities(json: string, recipes: readonly LanguageRecipe[]): KnownAbilities {
  const {levels, images, pinnableCpus, languages} = JSON.parse(json) as Abilities;
  const entries = languages.flatMap(({id, toolchains, reason}) => {
    const recipe = recipes.find((candidate) => candidate.id === id);
    return recipe === undefined ? [] : [{recipe, toolchains, reason}];
  });
  return {levels, images, pinnableCpus, entries};
}
