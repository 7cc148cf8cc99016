import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {CliError} from '../cli-error.ts';
import {EXIT_CODES} from '../exit-codes.ts';

/** What skopeo takes names without a host to mean. */
const DEFAULT_REGISTRY = 'docker.io';

/**
 * Reads a password from standard input and hands `use` a file with it, in a folder that only this user may enter, which is gone afterwards. The
 * format is that of containers-auth.json(5). A password never becomes an argument, which every user of the machine could read.
 */
export async function withAuthFile(
  reference: string,
  username: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new CliError(EXIT_CODES.usage, 'Cannot log in: standard input has no password.');
  const folder = await mkdtemp(join(tmpdir(), 'sandglass-auth-'));
  try {
    const path = join(folder, 'auth.json');
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    await writeFile(path, JSON.stringify({auths: {[registryOf(reference)]: {auth}}}), {mode: 0o600});
    await use(path);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** The first part names a host when it looks like one, as every client of registries decides. */
function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.replace(/^docker:\/\//, '').split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : DEFAULT_REGISTRY;
}
