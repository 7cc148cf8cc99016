import {readFileSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {PROJECT_ROOT, projectFiles} from '../project-files.ts';
import type {Problem} from './problem.ts';

/** Which packages each package may import, besides itself. A package that is not listed may import none. */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  sandbox: ['protocol'],
  languages: ['protocol', 'sandbox'],
  images: ['protocol', 'sandbox', 'languages'],
  engine: ['protocol', 'sandbox', 'languages', 'images'],
  queue: ['protocol'],
  store: ['protocol'],
  accounts: ['protocol'],
  projects: ['protocol', 'accounts'],
  server: ['protocol', 'sandbox', 'languages', 'images', 'engine', 'queue', 'store', 'accounts', 'projects'],
  client: ['protocol'],
  cli: [
    'protocol',
    'sandbox',
    'languages',
    'images',
    'engine',
    'queue',
    'store',
    'accounts',
    'server',
    'client',
  ],
  web: ['protocol', 'client'],
};

const IMPORT =
  /^\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/**
 * Holds the sources of all packages to the import direction: only packages of lower layers, only what they export by name,
 * only npm packages that the package itself declares, and inside a package the file, never its own index.
 */
export function checkLayers(): Problem[] {
  return projectFiles('packages/*/src/**/*.{ts,tsx}').flatMap((path) =>
    importsOf(readFileSync(join(PROJECT_ROOT, path), 'utf8')).flatMap(({target, line}) => {
      const message = importProblem(path, target);
      return message === null ? [] : [{where: `${path}:${line}`, message}];
    }),
  );
}

/** Import targets of a source text with their lines. */
export function importsOf(source: string): {target: string; line: number}[] {
  return [...source.matchAll(IMPORT)].map((match) => ({
    target: match[1] ?? match[2] ?? match[3] ?? '',
    line: source.slice(0, match.index + match[0].length).split('\n').length,
  }));
}

/** Why a file may not import the target, or null when it may. */
export function importProblem(path: string, target: string): string | null {
  const name = path.split('/')[1] ?? '';
  if (target.startsWith('node:')) return null;
  if (target.startsWith('.')) return relativeProblem({path, name, target});
  return target.startsWith('@sandglass/') ? packageProblem(name, target) : dependencyProblem(name, target);
}

function relativeProblem(source: {path: string; name: string; target: string}): string | null {
  const resolved = normalize(join(dirname(source.path), source.target));
  if (resolved === `packages/${source.name}/package.json`) return null;
  if (!resolved.startsWith(`packages/${source.name}/src/`)) {
    return `imports ${source.target}, which lies outside the package's src; import @sandglass/… instead`;
  }
  return resolved === `packages/${source.name}/src/index.ts`
    ? 'imports its own index; import the file itself'
    : null;
}

function packageProblem(name: string, target: string): string | null {
  const [, other = '', ...rest] = target.split('/');
  const allowed = ALLOWED_IMPORTS[name] ?? [];
  if (other === name) return 'imports its own package by name; import the file itself';
  if (!allowed.includes(other)) {
    return `imports ${target}, but ${name} may import only: ${allowed.join(', ') || 'no other package'}`;
  }
  const subpath = rest.length === 0 ? '.' : `./${rest.join('/')}`;
  const {exports = {}} = manifestOf(other);
  if (!(subpath in exports)) return `imports ${target}, which @sandglass/${other} does not export`;
  return dependencyProblem(name, `@sandglass/${other}`);
}

function dependencyProblem(name: string, target: string): string | null {
  const parts = target.split('/');
  const dependency = target.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
  const {dependencies = {}, devDependencies = {}} = manifestOf(name);
  if (dependency in dependencies || dependency in devDependencies) return null;
  return `imports ${target}, but packages/${name}/package.json does not declare ${dependency}`;
}

interface Manifest {
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(name: string): Manifest {
  // Our own files, written by hand; npm has read them before this runs.
  return JSON.parse(readFileSync(join(PROJECT_ROOT, `packages/${name}/package.json`), 'utf8')) as Manifest;
}
