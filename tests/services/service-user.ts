import {readFileSync} from 'node:fs';
import {chown} from 'node:fs/promises';

/** Database servers refuse to run as root; then they run as the user that their Debian package made, or as nobody. */
export interface ServiceUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** The first of these users that exists, when the tests run as root; else the tests' own. */
export function serviceUser(...names: readonly string[]): ServiceUser {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [...names, 'nobody']) {
    const [, , uid, gid] = users.find(([user]) => user === name) ?? [];
    if (uid !== undefined && gid !== undefined) return {uid: Number(uid), gid: Number(gid)};
  }
  return {};
}

/** Gives a folder to the user that a service runs as. */
export async function giveTo({uid, gid}: ServiceUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
