import type {SandboxFile} from '@sandglass/sandbox';
import type {RecipeContext} from '../recipe.ts';
import {BUILD_FOLDER, textFile} from './build-folder.ts';
import {pathsWithExtension} from './source-paths.ts';

/** Where the compiler and the type declarations of Node are in every image. */
export const TYPESCRIPT_FOLDER = '/opt/sandglass/typescript';

export const TSC = `${TYPESCRIPT_FOLDER}/lib/tsc`;

/** Emitted JavaScript, laid out like the sources. */
export const TYPESCRIPT_OUTPUT = `${BUILD_FOLDER}/out`;

const PROJECT = `${BUILD_FOLDER}/tsconfig.json`;

/** What a build has to decide itself, whatever the user's tsconfig.json says: where output goes, and that errors are errors. */
const FORCED_OPTIONS = {
  rootDir: '..',
  outDir: 'out',
  noEmit: false,
  noEmitOnError: true,
  emitDeclarationOnly: false,
  allowImportingTsExtensions: false,
  rewriteRelativeImportExtensions: true,
  composite: false,
  incremental: false,
  declaration: false,
  declarationMap: false,
  sourceMap: true,
  inlineSourceMap: false,
  skipLibCheck: true,
  types: ['node'],
  typeRoots: [`${TYPESCRIPT_FOLDER}/node_modules/@types`],
};

/** The project file of a compile: the user's tsconfig.json with our few needs laid over it, else sensible options of our own. */
export function typescriptProject({files, entry}: RecipeContext): {path: string; file: SandboxFile} {
  const paths = new Set(files.map((file) => file.path));
  const sources = pathsWithExtension(files, ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']);
  const base = paths.has('tsconfig.json')
    ? {extends: '../tsconfig.json', compilerOptions: FORCED_OPTIONS}
    : {compilerOptions: {...defaultOptions(paths.has('package.json')), ...FORCED_OPTIONS}};
  const project = {
    ...base,
    files: (sources.length > 0 ? sources : [entry]).map((path) => `../${path}`),
    include: [],
  };
  return {path: PROJECT, file: textFile(PROJECT, `${JSON.stringify(project, null, 2)}\n`)};
}

/**
 * Without a package.json, each file's own syntax decides between ES module and CommonJS, as Node does, and imports need no
 * extension. With one, its "type" decides by Node's rules.
 */
function defaultOptions(hasPackage: boolean) {
  return {
    target: 'es2024',
    // No `dom`: Node has no document, and its global `name` would clash with a variable of that name in the user's script.
    lib: ['es2024', 'esnext.disposable'],
    strict: true,
    esModuleInterop: true,
    resolveJsonModule: true,
    allowJs: true,
    jsx: 'react-jsx',
    ...(hasPackage
      ? {module: 'nodenext', moduleResolution: 'nodenext'}
      : {module: 'preserve', moduleResolution: 'bundler'}),
  };
}
