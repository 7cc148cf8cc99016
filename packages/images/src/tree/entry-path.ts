import {refused} from '../refusal.ts';

/** Of a whole path (PATH_MAX less the terminating NUL) and of one name in it (NAME_MAX), in bytes; limits.h. */
const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/**
 * The names on the way from the root to an entry; none for the root itself. Archives name entries `a/b`, `./a/b` or `a/b/`.
 * Throws `image-refused` for names that no honest archive has: absolute ones, `..`, control characters, over-long ones.
 */
export function entryPath(name: string): string[] {
  if (name.startsWith('/')) throw refusedName(name, 'it is absolute');
  if (/\p{Cc}/u.test(name)) throw refusedName(name, 'it has control characters');
  if (Buffer.byteLength(name) > MAX_PATH_BYTES)
    throw refusedName(name, `it is longer than ${MAX_PATH_BYTES} bytes`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  for (const part of parts) {
    if (part === '..') throw refusedName(name, 'it has ".." in it');
    if (Buffer.byteLength(part) > MAX_NAME_BYTES)
      throw refusedName(name, `a part of it is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return parts;
}

/** Throws `image-refused` for a symbolic link's target that the file system or a terminal would choke on; where it leads is no matter. */
export function checkLinkTarget(name: string, target: string): void {
  if (target === '' || Buffer.byteLength(target) > MAX_PATH_BYTES || /\p{Cc}/u.test(target))
    throw refusedName(name, 'its link target is empty, over-long or has control characters');
}

function refusedName(name: string, why: string) {
  return refused(`Cannot take the entry ${JSON.stringify(name.slice(0, 200))}: ${why}.`);
}
