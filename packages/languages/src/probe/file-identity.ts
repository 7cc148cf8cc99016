import {statSync} from 'node:fs';

/**
 * Names this very build of a program: path, size and modification time in nanoseconds, null when it is no regular file. Package managers
 * replace files, which changes at least one of them; hashing the hundreds of megabytes of compilers at each start would
 * take longer than starting.
 */
export function fileIdentity(path: string): string | null {
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found?.isFile() === true ? `${path}\0${found.size}\0${found.mtimeNs}\0` : null;
}
