import {BUILD_FOLDER, textFile} from './build-folder.ts';

/**
 * TypeScript lets `import './util'` mean util.ts and `import data from './data.json'` need no attribute; Node does not. This hook is
 * preloaded where there is more than one file. It tries the missing endings only after Node's own answer was "not found", and
 * names the type of a JSON module only where the import left it out, so nothing that works without it changes.
 */
export const RESOLVER = textFile(
  `${BUILD_FOLDER}/resolve.mjs`,
  `import {registerHooks} from 'node:module';

const ENDINGS = ['.js', '/index.js', '.mjs', '.cjs'];

registerHooks({
  resolve(specifier, context, next) {
    const found = find(specifier, context, next);
    const isJson = found.url.startsWith('file:') && found.url.endsWith('.json');
    return isJson ? {...found, importAttributes: {type: 'json', ...context.importAttributes}} : found;
  },
});

function find(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    const endings = /^\\.{1,2}(\\/|$)/.test(specifier) ? ENDINGS : [];
    for (const ending of endings) {
      try {
        return next(specifier + ending, context);
      } catch {
        // The first error names what the program asked for; it is thrown below.
      }
    }
    throw error;
  }
}
`,
);
