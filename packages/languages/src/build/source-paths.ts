import {posix} from 'node:path';
import type {SourceFile} from '@sandglass/protocol';

/** The paths that end in one of `extensions`, in the order given by the user. */
export function pathsWithExtension(files: readonly SourceFile[], extensions: readonly string[]): string[] {
  return files.map((file) => file.path).filter((path) => extensions.includes(posix.extname(path)));
}

/**
 * A path that a command line cannot take for an option (`-o.c`) or a response file (`@list.c`); unchanged otherwise,
 * because compilers repeat it in their messages.
 */
export function asArgument(path: string): string {
  return /^[-@+]/.test(path) ? `./${path}` : path;
}

/** The text of one of the user's files; invalid UTF-8 is replaced, as recipes only look for names in it. */
export function sourceText(files: readonly SourceFile[], path: string): string {
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? '' : new TextDecoder().decode(file.content);
}
