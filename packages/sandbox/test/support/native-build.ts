import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const NATIVE = fileURLToPath(new URL('../../../../native', import.meta.url));

/** Folder with launcher and agent, built when their sources are newer (make decides; a build that stands costs milliseconds). */
export function nativeBuild(): string {
  const made = spawnSync('make', ['-C', NATIVE, '--silent'], {encoding: 'utf8'});
  if (made.status !== 0) throw new Error(`make -C native failed:\n${made.stdout}${made.stderr}`);
  return join(NATIVE, 'build');
}
