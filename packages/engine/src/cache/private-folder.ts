import {lstat, mkdir} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';

const GROUP_OR_OTHERS_WRITE = 0o022;

/**
 * Makes sure that a folder exists and that only this user can put files into it: what lies there is run later, in other people's
 * sandboxes. Throws `configuration-invalid` when somebody else owns it or may write to it.
 */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, {recursive: true, mode: 0o700});
  const {uid, mode} = await lstat(path);
  const self = process.geteuid?.() ?? uid;
  if (uid === self && (mode & GROUP_OR_OTHERS_WRITE) === 0) return;
  throw new SandglassError(
    'configuration-invalid',
    `Cannot keep compiled programs in ${path}: it belongs to user id ${uid} with mode ${(mode & 0o777).toString(8)}, but only user id ${self} may be able to write there. Run: chown ${self} ${path} && chmod 700 ${path}, or choose another data folder.`,
  );
}
