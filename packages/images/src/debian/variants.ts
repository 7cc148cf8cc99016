import {RECIPES} from '@sandglass/languages';
import {nearestName, SandglassError} from '@sandglass/protocol';

/** A Debian image by the languages in it. */
export interface DebianVariant {
  readonly name: string;
  readonly languages: readonly string[];
  /** To install, beside what Debian calls essential. */
  readonly packages: readonly string[];
}

/** What Sandglass's own Node needs, which is bound into every image. */
const NODE_LIBRARIES = ['libstdc++6'];

const LANGUAGES: readonly DebianVariant[] = RECIPES.map(({id, toolchains}) => ({
  name: id,
  languages: [id],
  packages: [...new Set([...(toolchains[0]?.debianPackages ?? []), ...NODE_LIBRARIES])],
}));

/** `debian` with every language, and one for each. */
export const DEBIAN_VARIANTS: readonly DebianVariant[] = [
  {
    name: 'debian',
    languages: LANGUAGES.map(({name}) => name),
    packages: [...new Set(LANGUAGES.flatMap(({packages}) => packages))],
  },
  ...LANGUAGES,
];

/** Throws `unknown-image` naming the known ones. */
export function findVariant(name: string): DebianVariant {
  const wanted = name.toLowerCase();
  const variant = DEBIAN_VARIANTS.find((each) => each.name === wanted);
  if (variant !== undefined) return variant;
  const names = DEBIAN_VARIANTS.map((each) => each.name);
  const near = nearestName(wanted, names);
  throw new SandglassError(
    'unknown-image',
    `Cannot build "${name.slice(0, 64)}": no variant is called so.${near === null ? '' : ` Did you mean "${near}"?`} There are: ${names.join(', ')}.`,
  );
}
