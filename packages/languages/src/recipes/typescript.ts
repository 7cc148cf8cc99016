import {cpuThreads} from '../build/cpu-threads.ts';
import {isV8OutOfMemory, NODE, nodeArguments, primedNode} from '../build/node-runtime.ts';
import {asArgument} from '../build/source-paths.ts';
import {TSC, TYPESCRIPT_OUTPUT, typescriptProject} from '../build/typescript-project.ts';
import {RESOLVER} from '../build/typescript-resolver.ts';
import {diagnoseTypeScript} from '../diagnostics/typescript.ts';
import type {LanguageRecipe} from '../recipe.ts';

export const typescript: LanguageRecipe = {
  id: 'typescript',
  name: 'TypeScript',
  aliases: ['ts', 'tsc'],
  extensions: ['.ts', '.mts', '.cts', '.tsx'],
  sourceFile: 'main.ts',
  toolchains: [
    {
      name: 'typescript',
      binaries: [TSC, NODE],
      versionArgv: [TSC, '--version'],
      versionPattern: /^Version (\d[\d.]*)/,
      // Both come from Sandglass's own npm dependencies.
      debianPackages: [],
    },
  ],
  example: `import * as readline from 'node:readline';

const greeting: string = 'Hello from TypeScript';
console.log(greeting);
const lines = readline.createInterface({input: process.stdin});
lines.once('line', (line: string) => {
  console.log(line);
  lines.close();
});
`,
  compile: (context) => {
    const project = typescriptProject(context);
    return {
      argv: [TSC, '--project', project.path, '--pretty', 'false', ...context.compilerOptions],
      // The compiler is a Go program.
      env: {GOMAXPROCS: String(cpuThreads(context.limits.cpuCount))},
      files: [project.file],
      outputs: [`${TYPESCRIPT_OUTPUT}/**`],
    };
  },
  run: ({files, entry, limits}) => {
    const needsResolver = files.length > 1;
    return {
      argv: [
        NODE,
        ...nodeArguments(limits),
        '--enable-source-maps',
        ...(needsResolver ? ['--import', `./${RESOLVER.path}`] : []),
        asArgument(`${TYPESCRIPT_OUTPUT}/${emittedName(entry)}`),
      ],
      env: {},
      files: needsResolver ? [RESOLVER] : [],
    };
  },
  prime: primedNode(({entry}) => `${TYPESCRIPT_OUTPUT}/${emittedName(entry)}`),
  diagnose: diagnoseTypeScript,
  isOutOfMemory: isV8OutOfMemory,
};

/** What the compiler calls its output: .ts and .tsx become .js, .mts becomes .mjs, .cts becomes .cjs. */
function emittedName(path: string): string {
  return path.replace(/\.(?:([mc])ts|tsx?|jsx)$/, (_, kind: string | undefined) => `.${kind ?? ''}js`);
}
