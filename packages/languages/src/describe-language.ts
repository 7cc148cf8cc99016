import type {CatalogueEntry} from './catalogue.ts';

/** A language as `GET /v1/languages` and `sandglass languages --json` show it. */
export function describeLanguage({recipe, toolchains, reason}: CatalogueEntry) {
  return {
    id: recipe.id,
    name: recipe.name,
    version: toolchains[0]?.version ?? '',
    toolchains: toolchains.map(({name, version}) => ({name, version})),
    aliases: recipe.aliases,
    extensions: recipe.extensions,
    compiled: recipe.compile !== undefined,
    available: toolchains.length > 0,
    ...(reason === null ? {} : {reason}),
    example: recipe.example,
  };
}
