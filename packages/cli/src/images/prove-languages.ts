import {createEngine} from '@sandglass/engine';
import type {ImageStore, StoredImage} from '@sandglass/images';
import {loadConfig} from '@sandglass/server/config';
import {engineOptions} from '../engine-options.ts';

/** Runs a program of every language in an image and notes in the store which ones work. Throws what `createEngine` throws. */
export async function proveLanguages(
  store: ImageStore,
  image: StoredImage,
  signal: AbortSignal,
): Promise<NonNullable<StoredImage['languages']>> {
  const {config} = await loadConfig({flags: {}, env: process.env, cwd: process.cwd()});
  await using engine = await createEngine({...engineOptions(config, {image: image.name}), signal});
  const languages = engine.languages.entries.flatMap(({recipe, toolchains: [standard]}) =>
    standard === undefined ? [] : [{id: recipe.id, version: standard.version}],
  );
  await store.rememberLanguages(image.name, languages, {onWait: () => undefined, signal});
  return languages;
}
