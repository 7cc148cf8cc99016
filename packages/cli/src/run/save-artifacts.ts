import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join, normalize} from 'node:path';
import type {Artifact} from '@sandglass/protocol';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {toOneLine} from '../terminal/sanitize.ts';

/**
 * Writes what the program left into `folder`, whose files are never overwritten: the program chose the names, and a file
 * that it calls `.bashrc` must not become ours. Returns the paths written.
 */
export async function saveArtifacts(artifacts: readonly Artifact[], folder: string): Promise<string[]> {
  const written: string[] = [];
  for (const {path, contentBase64} of artifacts) {
    const target = join(folder, path);
    if (normalize(path) !== path || path.startsWith('/') || path.startsWith('..')) {
      throw new CliError(
        EXIT_CODES.cannotCreate,
        `Cannot save the artifact ${toOneLine(path)}: its path leaves ${folder}.`,
      );
    }
    try {
      await mkdir(dirname(target), {recursive: true});
      await writeFile(target, Buffer.from(contentBase64, 'base64'), {flag: 'wx'});
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const hint = 'Files are not overwritten; name an empty folder with --artifact-dir.';
      throw new CliError(
        EXIT_CODES.cannotCreate,
        `Cannot save the artifact ${toOneLine(path)}: ${reason}. ${hint}`,
        {cause: error},
      );
    }
    written.push(target);
  }
  return written;
}
