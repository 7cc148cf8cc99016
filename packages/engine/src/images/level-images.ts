import type {CatalogueEntry, LanguageCatalogue, ResolvedLanguage} from '@sandglass/languages';
import {nearestName, type RunSpec, SandglassError} from '@sandglass/protocol';
import type {ImageDefinition} from '@sandglass/sandbox';
import type {Judge} from '../judge/judge.ts';
import type {RunPipeline} from '../pipeline/run-pipeline.ts';
import type {OfferedImages} from './open-images.ts';

/** One image at one isolation level: what was proven to run in it, and how it is run. */
export interface LevelImage {
  readonly image: ImageDefinition;
  readonly languages: LanguageCatalogue;
  readonly judge: Judge;
  readonly pipeline: RunPipeline;
}

/** An image as an engine offers it. */
export interface ImageFacts {
  readonly name: string;
  /** Of its files; null for the host's toolchains, which change under us. */
  readonly digest: string | null;
  /** What runs get that name no image and whose language has none of its own. */
  readonly isDefault: boolean;
  /** Ids of the languages that run in it. */
  readonly languages: readonly string[];
}

/** The images of an isolation level: which there are, and which one a run gets. */
export class LevelImages {
  readonly #images: readonly LevelImage[];
  readonly #offered: OfferedImages;
  /** Each language as its own image has it. */
  readonly languages: LanguageCatalogue;

  constructor(images: readonly LevelImage[], offered: OfferedImages) {
    this.#images = images;
    this.#offered = offered;
    this.languages = {entries: this.#entries(), resolve: (name) => this.#resolve(name)};
  }

  /** Throws `unknown-image` unless the run can have exactly the image that it names. */
  choose({image, language}: Pick<RunSpec, 'image' | 'language'>): LevelImage {
    const found = image === null ? this.#of(this.#nameFor(language)) : this.#of(image);
    if (found !== undefined) return found;
    const names = this.#images.map((each) => each.image.name);
    const near = nearestName(image ?? '', names);
    const choices = names.map((name) => `"${name}"`).join(' or ');
    throw new SandglassError(
      'unknown-image',
      `Cannot run in image "${image ?? ''}": this server does not offer it.${near === null ? '' : ` Did you mean "${near}"?`} It offers ${choices}.`,
      {fields: [{path: '/image', message: `must be ${choices}`}]},
    );
  }

  get facts(): readonly ImageFacts[] {
    return this.#images.map(({image, languages}) => ({
      name: image.name,
      digest: image.tree?.digest ?? null,
      isDefault: image.name === this.#offered.default,
      languages: languages.entries
        .filter(({toolchains}) => toolchains.length > 0)
        .map(({recipe}) => recipe.id),
    }));
  }

  #of(name: string): LevelImage | undefined {
    return this.#images.find(({image}) => image.name === name);
  }

  /** A language may be named by an alias and with a version. */
  #nameFor(language: string): string {
    const wanted = language.trim().toLowerCase().split('@')[0] ?? '';
    const recipe = this.#images[0]?.languages.entries.find(
      ({recipe: {id, aliases}}) => id === wanted || aliases.includes(wanted),
    )?.recipe;
    const {languages, default: standard} = this.#offered;
    return recipe === undefined
      ? standard
      : (Object.entries(languages).find(([id]) => id === recipe.id)?.[1] ?? standard);
  }

  #entries(): CatalogueEntry[] {
    return (this.#images[0]?.languages.entries ?? []).flatMap(({recipe}) => {
      const place = this.#of(this.#nameFor(recipe.id));
      return place?.languages.entries.filter((entry) => entry.recipe.id === recipe.id) ?? [];
    });
  }

  #resolve(name: string): ResolvedLanguage {
    return this.choose({image: null, language: name}).languages.resolve(name);
  }
}
