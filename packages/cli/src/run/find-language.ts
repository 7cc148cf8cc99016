import {extname} from 'node:path';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

/** What is needed of a language to recognise its files. */
export interface KnownLanguage {
  readonly id: string;
  readonly extensions: readonly string[];
}

/** The language of a file by its extension. Throws naming `--lang` when there is none. */
export function findLanguage(fileName: string, languages: readonly KnownLanguage[]): string {
  const extension = extname(fileName).toLowerCase();
  const found = languages.find(({extensions}) => extensions.includes(extension));
  if (found !== undefined) return found.id;
  const known = languages.map(({id}) => id).join(', ');
  const what = extension === '' ? 'has no extension' : `ends in ${extension}, which no language uses`;
  throw new CliError(
    EXIT_CODES.usage,
    `Cannot tell the language of ${fileName}: it ${what}. Name it with --lang, one of: ${known}.`,
  );
}
