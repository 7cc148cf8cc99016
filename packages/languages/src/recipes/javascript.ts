import {isV8OutOfMemory, NODE, nodeArguments, primedNode} from '../build/node-runtime.ts';
import {asArgument} from '../build/source-paths.ts';
import {diagnoseJavaScript} from '../diagnostics/javascript.ts';
import type {LanguageRecipe} from '../recipe.ts';

export const javascript: LanguageRecipe = {
  id: 'javascript',
  name: 'JavaScript',
  aliases: ['js', 'node', 'nodejs'],
  extensions: ['.js', '.mjs', '.cjs'],
  sourceFile: 'main.js',
  toolchains: [
    {
      name: 'node',
      binaries: [NODE],
      versionArgv: [NODE, '--version'],
      versionPattern: /^v(\d[\d.]*)/,
      // The program is the Node that Sandglass itself runs on, so it is there whenever Sandglass is.
      debianPackages: [],
    },
  ],
  example: `const lines = require('node:readline').createInterface({input: process.stdin});
console.log('Hello from JavaScript');
lines.once('line', (line) => {
  console.log(line);
  lines.close();
});
`,
  run: ({entry, limits}) => ({argv: [NODE, ...nodeArguments(limits), asArgument(entry)], env: {}, files: []}),
  prime: primedNode(({entry}) => entry),
  diagnose: diagnoseJavaScript,
  isOutOfMemory: isV8OutOfMemory,
};
