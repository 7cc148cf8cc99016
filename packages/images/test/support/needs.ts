import {accessSync, constants} from 'node:fs';

const FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

/** True when this machine has the programs, and this user may do what `isRootNeeded` says; else says loudly that the suite does not run. */
export function canRun(suite: string, programs: readonly string[], {isRootNeeded = false} = {}): boolean {
  const missing = programs.filter((program) => !FOLDERS.some((folder) => isProgram(`${folder}/${program}`)));
  const isAllowed = !isRootNeeded || process.getuid?.() === 0;
  if (missing.length > 0)
    process.stderr.write(
      `NOT RUN: ${suite} needs ${missing.join(', ')}, which "npm test" installs as root.\n`,
    );
  else if (!isAllowed) process.stderr.write(`NOT RUN: ${suite} needs root.\n`);
  return missing.length === 0 && isAllowed;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
