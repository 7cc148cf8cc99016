import {execFile} from 'node:child_process';
import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const FOLDERS = [
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/opt/firecracker',
];
const VERSION_WITHIN_MS = 10_000;

/** Where a program is; null when it is nowhere. Monitors are started without the worker's environment, so only these folders count. */
export async function findProgram(name: string, given: string | undefined): Promise<string | null> {
  const candidates = given === undefined ? FOLDERS.map((folder) => join(folder, name)) : [given];
  for (const path of candidates)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  return null;
}

/** The first line of what `program --version` prints. */
export async function programVersion(path: string): Promise<string> {
  const {stdout} = await promisify(execFile)(path, ['--version'], {env: {}, timeout: VERSION_WITHIN_MS});
  return stdout.split('\n')[0]?.trim() ?? '';
}
