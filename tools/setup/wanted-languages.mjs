import {readFileSync} from 'node:fs';
import {SetupError} from './report.mjs';

/**
 * `debian`: the packages that bring each language's toolchain, and the programs that show it is there already. `bundled`:
 * languages whose toolchain comes with the npm packages. Plain data, because it is read before anything is installed; a
 * test compares it with the recipes of packages/languages.
 */
const {bundled, debian} = JSON.parse(
  readFileSync(new URL('./language-packages.json', import.meta.url), 'utf8'),
);

/**
 * Reads `SANDGLASS_SETUP_LANGUAGES`: `all` (the default), `none`, or ids separated by commas.
 * @returns {{id: string, programs: string[], packages: string[]}[]} languages whose toolchain comes from Debian packages
 */
export function wantedLanguages() {
  const setting = (process.env.SANDGLASS_SETUP_LANGUAGES ?? 'all').trim().toLowerCase();
  const known = Object.keys(debian);
  const ids = setting === 'all' ? known : setting.split(',').map((id) => id.trim());
  if (setting === 'none' || setting === '') return [];
  const unknown = ids.filter((id) => !known.includes(id) && !bundled.includes(id));
  if (unknown.length > 0) {
    throw new SetupError(
      `SANDGLASS_SETUP_LANGUAGES names ${unknown.join(', ')}, but the languages to install are: ${known.join(', ')} (or all, or none).`,
    );
  }
  return ids.filter((id) => known.includes(id)).map((id) => ({id, ...debian[id]}));
}
