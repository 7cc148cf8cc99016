import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, dirname, join, relative, resolve, sep} from 'node:path';
import type {RunRequest} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

/** Folders that belong to tools, never to the program. */
const SKIPPED_FOLDERS = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv']);
/** As many as the server takes; more is a wrong folder. */
const MAX_FILES = 1000;

export interface Sources {
  readonly files: NonNullable<RunRequest['files']>;
  /** Path inside the sandbox of what was named first, when that is a file: the one to start. */
  readonly firstFile: string | null;
}

/**
 * Reads the named files, and what lies in the named folders. Inside the sandbox they have their paths relative to the
 * deepest folder that holds them all, so `main.py pkg/` keeps its shape and one file is just its name.
 */
export async function readSources(paths: readonly string[]): Promise<Sources> {
  const found = await Promise.all(paths.map(find));
  const base = commonFolder(found.map(({path, isFolder}) => (isFolder ? path : dirname(path))));
  const files = [...new Set(found.flatMap(({files}) => files))];
  if (files.length > MAX_FILES) {
    throw new CliError(
      EXIT_CODES.usage,
      `Cannot run ${paths.join(' ')}: ${files.length} files lie there but at most ${MAX_FILES} are taken.`,
    );
  }
  const pathInside = (file: string) => relative(base, file).split(sep).join('/');
  const contents = await Promise.all(files.map((file) => guarded(file, () => readFile(file))));
  const [first] = found;
  return {
    files: files.map((file, index) => ({
      path: pathInside(file),
      contentBase64: contents[index]?.toString('base64') ?? '',
    })),
    firstFile: first === undefined || first.isFolder ? null : pathInside(first.path),
  };
}

async function find(named: string): Promise<{path: string; isFolder: boolean; files: string[]}> {
  const path = resolve(named);
  const facts = await guarded(named, () => stat(path));
  if (!facts.isDirectory()) return {path, isFolder: false, files: [path]};
  const files = await guarded(named, () => filesBelow(path));
  if (files.length === 0)
    throw new CliError(EXIT_CODES.noInput, `Cannot run ${named}: no file lies in that folder.`);
  return {path, isFolder: true, files};
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true});
  const inner = entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED_FOLDERS.has(basename(path)) ? [] : filesBelow(path);
      return entry.isFile() ? [path] : [];
    });
  return (await Promise.all(inner)).flat();
}

function commonFolder(folders: readonly string[]): string {
  const [first = '/', ...rest] = folders;
  let common = first;
  for (const folder of rest) {
    while (folder !== common && !folder.startsWith(common === '/' ? '/' : `${common}/`))
      common = dirname(common);
  }
  return common;
}

async function guarded<T>(named: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CliError(EXIT_CODES.noInput, `Cannot read ${named}: ${reasonOf(error)}.`, {cause: error});
  }
}

/** The two that everybody meets in words; the rest as the system says it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {code} = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES') return 'you have no permission to read it';
  return error.message;
}
