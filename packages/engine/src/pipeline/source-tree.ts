import type {LanguageRecipe} from '@sandglass/languages';
import {type RunSpec, SandglassError, type SourceFile} from '@sandglass/protocol';

/** The user's files under their final names. */
export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** The file to start; one of `files`. */
  readonly entry: string;
}

/** NAME_MAX of Linux (limits.h), in bytes. */
const MAX_NAME_BYTES = 255;

/**
 * Names the single `code` as its language wants it and finds the file to start: the request's `entry`, else `code`, else the
 * language's default name, else the first file. Throws `invalid-request` where only the language makes the request
 * contradictory; every other rule about paths was checked when the request was parsed.
 */
export function sourceTree(
  spec: Pick<RunSpec, 'code' | 'files' | 'entry'>,
  recipe: Pick<LanguageRecipe, 'id' | 'sourceFile' | 'nameSource'>,
): SourceTree {
  const codePath = spec.code === null ? null : codeFileName(spec.code, recipe);
  if (codePath !== null) refuseCollision(codePath, spec.files);
  const files =
    spec.code === null || codePath === null
      ? spec.files
      : [{path: codePath, content: spec.code}, ...spec.files];
  const entry = spec.entry ?? codePath ?? defaultEntry(files, recipe.sourceFile);
  if (!files.some((file) => file.path === entry)) refuseEntry(entry, codePath);
  return {files, entry};
}

function codeFileName(code: Uint8Array, recipe: Pick<LanguageRecipe, 'sourceFile' | 'nameSource'>): string {
  if (recipe.nameSource === undefined) return recipe.sourceFile;
  const name = recipe.nameSource(new TextDecoder().decode(code));
  // A class name may be longer than any file name; the compiler then says what is wrong with it.
  return Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : recipe.sourceFile;
}

function defaultEntry(files: readonly SourceFile[], sourceFile: string): string {
  if (files.some((file) => file.path === sourceFile)) return sourceFile;
  return files[0]?.path ?? sourceFile;
}

function refuseCollision(codePath: string, files: readonly SourceFile[]): void {
  const blocking = files.find(
    ({path}) => path === codePath || path.startsWith(`${codePath}/`) || codePath.startsWith(`${path}/`),
  );
  if (blocking === undefined) return;
  const message = `is stored as "${codePath}", but "files" has "${blocking.path}"; rename that file or leave "code" out`;
  throw new SandglassError('invalid-request', `Cannot accept the run: /code ${message}.`, {
    fields: [{path: '/code', message}],
  });
}

function refuseEntry(entry: string, codePath: string | null): never {
  const stored = codePath === null ? '' : ` ("code" is stored as "${codePath}")`;
  const message = `is "${entry}", which is not the path of one of the files${stored}`;
  throw new SandglassError('invalid-request', `Cannot accept the run: /entry ${message}.`, {
    fields: [{path: '/entry', message}],
  });
}
