import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/**
 * A digest of all files below `folder` (names and contents), leaving out the folders named in `except`.
 * Content, not time stamps: a fresh clone or a branch switch changes every time stamp and nothing else.
 */
export function digestFolder(folder, {except}) {
  const hash = createHash('sha256');
  const visit = (relative) => {
    const entries = readdirSync(join(folder, relative), {withFileTypes: true});
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && !except.includes(path)) visit(path);
      if (entry.isFile())
        hash
          .update(`${path}\0`)
          .update(readFileSync(join(folder, path)))
          .update('\0');
    }
  };
  visit('');
  return hash.digest('hex');
}

/** The stamp's text, or null when there is none. */
export function readStamp(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // No stamp, no claim: the step is simply done again.
    return null;
  }
}

/** Written only after the step it vouches for has ended well. */
export function writeStamp(path, digest) {
  writeFileSync(path, `${digest}\n`);
}
