/** The longest name a Linux file system takes (NAME_MAX, limits.h). */
const MAX_SEGMENT_BYTES = 255;
/** PATH_MAX (limits.h), less the final NUL that it counts. */
const MAX_PATH_BYTES = 4095;
/** Deep trees make every later step slower and no program needs them. */
const MAX_SEGMENTS = 32;
/** Sandglass keeps its own files for a run there. */
const RESERVED_FOLDER = '.sandglass';

const utf8 = new TextEncoder();

/**
 * Says what is wrong with a path inside the working directory, as the end of a sentence that begins with the path, or null.
 * A path has one spelling only: relative, `/` between names, no `.`, `..` or empty name. What is refused here can never
 * reach a file system call; the agent refuses it once more.
 */
export function filePathProblem(path: string): string | null {
  if (path === '') return 'is empty; give a name such as "main.py"';
  if (!path.isWellFormed()) return 'holds half of a surrogate pair, which is not valid Unicode';
  if (/\p{Cc}/u.test(path))
    return 'holds a control character (NUL, newline or the like); use printable characters';
  if (path.startsWith('/'))
    return 'is absolute; paths are relative to the working directory, such as "lib/util.py"';
  if (path.includes('\\')) return 'holds a backslash; separate folders with "/"';
  if (utf8.encode(path).length > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  return segmentsProblem(path.split('/'));
}

function segmentsProblem(segments: readonly string[]): string | null {
  if (segments.length > MAX_SEGMENTS) return `is nested deeper than ${MAX_SEGMENTS} levels`;
  if (segments[0] === RESERVED_FOLDER) return `begins with "${RESERVED_FOLDER}", which is reserved`;
  for (const segment of segments) {
    if (segment === '') return 'has an empty name in it (two slashes in a row, or one at the end)';
    if (segment === '.' || segment === '..') return `has "${segment}" in it; write the path without it`;
    if (utf8.encode(segment).length > MAX_SEGMENT_BYTES)
      return `has a name longer than ${MAX_SEGMENT_BYTES} bytes in it`;
  }
  return null;
}
