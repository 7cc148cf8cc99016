import {realpathSync} from 'node:fs';
import {posix} from 'node:path';
import type {ImageDefinition} from '@sandglass/sandbox';

/**
 * The host file behind a path of an image, links resolved; null when the image or the host has none. An answer is no proof that
 * programs inside can use the file: only running it in a sandbox is.
 */
export function hostPath(image: ImageDefinition, path: string): string | null {
  const linked = throughLinks(image, path);
  // The longest target is the innermost mount.
  const covering = image.entries
    .filter((entry) => entry.kind === 'bind' || entry.kind === 'hide')
    .map((entry) =>
      entry.kind === 'bind' ? {place: entry.target, source: entry.source} : {place: entry.path, source: null},
    )
    .filter(({place}) => linked === place || linked.startsWith(`${place}/`))
    .sort((a, b) => b.place.length - a.place.length)[0];
  if (covering === undefined || covering.source === null) return null;
  try {
    return realpathSync(covering.source + linked.slice(covering.place.length));
  } catch {
    // Missing or unreadable: not usable either way.
    return null;
  }
}

/** Follows the image's own links, such as /bin → usr/bin. */
function throughLinks(image: ImageDefinition, path: string): string {
  for (const entry of image.entries) {
    if (entry.kind === 'link' && (path === entry.path || path.startsWith(`${entry.path}/`))) {
      return posix.resolve(posix.dirname(entry.path), entry.destination) + path.slice(entry.path.length);
    }
  }
  return path;
}
