import {lstatSync, readlinkSync} from 'node:fs';
import type {ImageDefinition} from '@sandglass/sandbox';

/** As many links as Linux follows on one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * The host file behind a path of an image, links resolved; null when the image or the host has none. Links are followed as programs
 * inside would: from the image's root, never from the host's. An answer is no proof that programs inside can use the file:
 * only running it in a sandbox is.
 */
export function hostPath(image: ImageDefinition, path: string): string | null {
  let rest = namesOf(path);
  let place: string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...others] = rest;
    rest = others;
    if (name === '..') {
      place = place.slice(0, -1);
      continue;
    }
    const next = [...place, name];
    const target = linkTarget(image, `/${next.join('/')}`);
    if (target === null) {
      place = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return null;
    if (target.startsWith('/')) place = [];
    rest = [...namesOf(target), ...rest];
  }
  const host = sourceOf(image, `/${place.join('/')}`);
  return host !== null && isThere(host) ? host : null;
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    // Missing, below something that is no folder, or unreadable: not usable either way.
    return false;
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Where a link at this path leads; null when there is none. */
function linkTarget(image: ImageDefinition, path: string): string | null {
  const link = image.entries.find((entry) => entry.kind === 'link' && entry.path === path);
  if (link?.kind === 'link') return link.destination;
  const host = sourceOf(image, path);
  if (host === null) return null;
  try {
    return lstatSync(host).isSymbolicLink() ? readlinkSync(host) : null;
  } catch {
    // Missing or unreadable: not usable either way, which the caller finds out.
    return null;
  }
}

/** The host's name of a path without links; the longest target is the innermost mount. */
function sourceOf(image: ImageDefinition, path: string): string | null {
  const covering = image.entries
    .filter((entry) => entry.kind === 'bind' || entry.kind === 'hide')
    .map((entry) =>
      entry.kind === 'bind' ? {place: entry.target, source: entry.source} : {place: entry.path, source: null},
    )
    .filter(({place}) => path === place || path.startsWith(`${place}/`))
    .sort((a, b) => b.place.length - a.place.length)[0];
  if (covering === undefined || covering.source === null) return null;
  return covering.source + path.slice(covering.place.length);
}
