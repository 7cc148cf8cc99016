import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {NODE} from '../build/node-runtime.ts';
import {TYPESCRIPT_FOLDER} from '../build/typescript-project.ts';

/** A file or folder of an npm package and where programs see it. */
export interface NpmTool {
  readonly source: string;
  readonly target: string;
}

/**
 * Node and the TypeScript compiler as npm installed them for Sandglass, so that these two languages work on any host and have a pinned
 * version. What is not installed is left out; probing then says what is missing.
 */
export function findNpmTools(): NpmTool[] {
  const tools: NpmTool[] = [{source: nodeProgram(), target: NODE}];
  const compiler = compilerFolder();
  if (compiler !== null) tools.push({source: compiler, target: `${TYPESCRIPT_FOLDER}/lib`});
  for (const name of ['@types/node', 'undici-types']) {
    const folder = packageFolder(name, import.meta.url);
    if (folder !== null) tools.push({source: folder, target: `${TYPESCRIPT_FOLDER}/node_modules/${name}`});
  }
  return tools;
}

/** The pinned Node, even when a test runner or an embedding program was started by another one. */
function nodeProgram(): string {
  const folder = packageFolder('node', import.meta.url);
  const pinned = folder === null ? null : join(folder, 'bin/node');
  return pinned !== null && existsSync(pinned) ? pinned : process.execPath;
}

/** The native compiler is in a package for each platform, which only `typescript` itself depends on. */
function compilerFolder(): string | null {
  const typescript = packageFolder('typescript', import.meta.url);
  if (typescript === null) return null;
  const native = `@typescript/typescript-${process.platform}-${process.arch}`;
  const folder = packageFolder(native, join(typescript, 'package.json'));
  return folder === null ? null : join(folder, 'lib');
}

function packageFolder(name: string, from: string): string | null {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    // Not installed: an answer, not a fault.
    return null;
  }
}
