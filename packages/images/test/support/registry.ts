import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Where it keeps blobs. */
  readonly folder: string;
}

/** User `robot` with the password "open sesame": bcrypt, the only form that the registry takes. */
export const HTPASSWD = 'robot:$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n';

/** A real registry (docker-registry) on a free port of this machine; with `htpasswd` it asks for credentials. */
export async function openRegistry(
  folder: string,
  {htpasswd}: {readonly htpasswd: string | null},
): Promise<Registry> {
  await mkdir(folder, {recursive: true});
  const host = `127.0.0.1:${await freePort()}`;
  const auth =
    htpasswd === null ? '' : `auth:\n  htpasswd:\n    realm: test\n    path: ${join(folder, 'htpasswd')}\n`;
  if (htpasswd !== null) await writeFile(join(folder, 'htpasswd'), htpasswd);
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${join(folder, 'data')}\nhttp:\n  addr: ${host}\n${auth}`,
  );
  const child = spawn('docker-registry', ['serve', config], {stdio: 'ignore'});
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  const isUp = async () =>
    (await fetch(`http://${host}/v2/`).then(
      ({status}) => status,
      () => 0,
    )) > 0;
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {host, folder: join(folder, 'data'), [Symbol.asyncDispose]: stop};
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
