import {delimiter} from 'node:path';

/** Settings that the outer `npm start`, `npm --prefix` or `npx` hands down and that would bend the inner one. */
const HANDED_DOWN =
  /^npm_(config_(prefix|global|local_prefix|workspaces?|omit|include|dry_run|json)|lifecycle_.*|package_.*)$/i;

/**
 * The environment for calling npm from inside an npm script: without the outer call's folder settings, and without
 * `node_modules/.bin` in PATH, because `npm ci` deletes the `node` that lies there while it would be running.
 */
export function npmEnvironment() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HANDED_DOWN.test(name)));
  const folders = (process.env.PATH ?? '').split(delimiter);
  env.PATH = folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);
  return env;
}
