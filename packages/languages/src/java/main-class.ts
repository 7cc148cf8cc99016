import {posix} from 'node:path';
import type {SourceFile} from '@sandglass/protocol';
import {pathsWithExtension, sourceText} from '../build/source-paths.ts';
import {type JavaSource, readJavaSource} from './java-types.ts';

/**
 * The binary name of the class to start: the one with `main` in the entry, else in the first other file that has one, else the one
 * that the entry is named after, so that the JVM itself says what is missing.
 */
export function findMainClass(files: readonly SourceFile[], entry: string): string {
  const others = pathsWithExtension(files, ['.java']).filter((path) => path !== entry);
  for (const path of [entry, ...others]) {
    const source = readJavaSource(sourceText(files, path));
    const name = classWithMain(source, path);
    if (name !== null) return qualified(source, name);
  }
  const source = readJavaSource(sourceText(files, entry));
  return qualified(source, fileClass(entry));
}

/** The file name that a single source needs: javac insists that a public class lives in a file of its name (JLS 7.6). */
export function javaFileName(code: string): string {
  const {types} = readJavaSource(code);
  const publicType = types.find((type) => type.isPublic);
  return `${publicType?.name ?? 'Main'}.java`;
}

function classWithMain(source: JavaSource, path: string): string | null {
  if (source.hasLooseMain) return fileClass(path);
  const withMain = source.types.filter((type) => type.hasMain);
  const chosen =
    withMain.find((type) => type.name === fileClass(path)) ??
    withMain.find((type) => type.isPublic) ??
    withMain[0];
  return chosen?.name ?? null;
}

function fileClass(path: string): string {
  return posix.basename(path, '.java');
}

function qualified(source: JavaSource, name: string): string {
  return source.packageName === '' ? name : `${source.packageName}.${name}`;
}
