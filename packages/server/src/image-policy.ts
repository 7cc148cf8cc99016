import type {ImagePolicy} from '@sandglass/engine';
import type {Config} from './config/config-schema.ts';

/** Which images runs may have by these settings. */
export function imagePolicy({images}: Config): ImagePolicy {
  // The schema has seen that each has just one "=".
  const pairs = images.languages.map((text): [string, string] => {
    const [language = '', name = ''] = text.split('=');
    return [language, name];
  });
  return {
    offered: images.offered,
    ...(images.default === '' ? {} : {default: images.default}),
    languages: Object.fromEntries(pairs),
  };
}
