import {globSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** The clone's top folder. */
export const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const NOT_OURS = /(^|\/)(node_modules|dist|fixtures|build|test-output)(\/|$)/;

/** Files of the project that match the glob, relative to its top, sorted; nothing generated or installed. */
export function projectFiles(pattern: string): string[] {
  return globSync(pattern, {cwd: PROJECT_ROOT, exclude: (path) => NOT_OURS.test(path)}).sort();
}
