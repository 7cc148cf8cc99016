import {resolve} from 'node:path';
import {pullImage} from '@sandglass/images';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';
import {withAuthFile} from './auth-file.ts';
import {makeImage} from './make-image.ts';

export interface PullFlags {
  readonly name: string;
  readonly authFile?: string;
  readonly username?: string;
  readonly passwordStdin?: true;
  readonly insecure?: true;
  readonly json?: true;
}

/** `sandglass images pull`. */
export async function pull(reference: string, flags: PullFlags): Promise<void> {
  const {username, passwordStdin, authFile} = flags;
  if ((username === undefined) !== (passwordStdin === undefined))
    throw new CliError(
      EXIT_CODES.usage,
      '--username and --password-stdin go together: the name, and the password on standard input.',
    );
  if (username !== undefined && authFile !== undefined)
    throw new CliError(
      EXIT_CODES.usage,
      'Give either --auth-file or --username with --password-stdin, not both.',
    );
  const fetch = (file: string | null) =>
    makeImage({
      json: flags.json ?? false,
      make: (store, options) =>
        pullImage(store, {
          name: flags.name,
          reference,
          access: {authFile: file, insecure: flags.insecure ?? false},
          ...options,
        }),
    });
  if (username === undefined) await fetch(authFile === undefined ? null : resolve(authFile));
  else await withAuthFile(reference, username, fetch);
}
