import {globSync, lstatSync, readFileSync, readlinkSync, realpathSync, statSync} from 'node:fs';
import type {ImageDefinition, ImageEntry} from '@sandglass/sandbox';
import {GO_CACHE_SEED} from '../build/go-cache.ts';
import {PRIMED_JAVAC_ENTRY} from '../java/primed-javac.ts';
import {PREPARED} from '../prepare/preparation.ts';
import {PRIME_LIBRARY} from '../prime/prime-library.ts';
import {ETC_COPIES, ETC_FILES, ETC_FOLDERS} from './etc-files.ts';
import {npmToolEntries} from './npm-tool-entries.ts';

/** Name of the image that `createHostImage` describes. */
export const HOST_IMAGE = 'host';

/** Top folders that hold programs and libraries: links into /usr on a merged system, folders of their own on an older one. */
const PROGRAM_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/**
 * Folders below /usr that the distribution does not fill: what an administrator puts there (scripts, settings, sources) is not meant
 * for strangers, and no recipe needs it.
 */
const HIDDEN = ['/usr/local', '/usr/src'];

export interface HostImageParts {
  /** Folder from `prepareGoCache`, or null. */
  readonly goCache: string | null;
  /** Folder of files that make compiles faster; what is put into it later is seen by running sandboxes as well. */
  readonly prepared: string | null;
  /** The library of `native/prime`, for an image in which runtimes are primed. */
  readonly primeLibrary: string | null;
}

/**
 * The host's own toolchains as a read-only image: /usr, the few files of /etc that programs need, and Sandglass's Node and TypeScript
 * below /opt/sandglass. Nothing else of the host is part of it: no home, /root, /var, /srv, /run, /boot or /sys. Mount points such
 * as /work, /tmp, /dev and /proc are made by the launcher.
 */
export function createHostImage({
  goCache = null,
  prepared = null,
  primeLibrary = null,
}: Partial<HostImageParts> = {}): ImageDefinition {
  return {
    name: HOST_IMAGE,
    entries: [
      {kind: 'bind', source: '/usr', target: '/usr'},
      ...HIDDEN.filter(isFolder).map((path): ImageEntry => ({kind: 'hide', path})),
      ...PROGRAM_FOLDERS.flatMap(programFolder),
      ...etc(),
      ...npmToolEntries(),
      ...(goCache === null ? [] : bound(goCache, GO_CACHE_SEED)),
      ...(prepared === null ? [] : bound(prepared, PREPARED)),
      ...(primeLibrary === null ? [] : [...bound(primeLibrary, PRIME_LIBRARY), PRIMED_JAVAC_ENTRY]),
    ],
  };
}

function programFolder(name: string): ImageEntry[] {
  const path = `/${name}`;
  const found = lstatSync(path, {throwIfNoEntry: false});
  if (found === undefined) return [];
  if (found.isSymbolicLink()) return [{kind: 'link', path, destination: readlinkSync(path)}];
  return [{kind: 'bind', source: path, target: path}];
}

function etc(): ImageEntry[] {
  const own = Object.entries(ETC_FILES).map(([name, text]) => file(`/etc/${name}`, Buffer.from(text)));
  const copied = inEtc(ETC_COPIES).flatMap(copyOf);
  const folders = inEtc(ETC_FOLDERS).flatMap((path) => bound(path, path));
  const utc = '/usr/share/zoneinfo/Etc/UTC';
  const zone: ImageEntry[] = exists(utc) ? [{kind: 'link', path: '/etc/localtime', destination: utc}] : [];
  return [...own, ...zone, ...copied, ...folders];
}

function inEtc(patterns: readonly string[]): string[] {
  return globSync([...patterns], {cwd: '/etc'})
    .sort()
    .map((name) => `/etc/${name}`);
}

/** Far above every table that Debian ships; what is larger is no settings file. */
const MAX_COPY_BYTES = 512 * 1024;

/** Only what every user of the host may read is copied. */
function copyOf(path: string): ImageEntry[] {
  const found = statSync(path, {throwIfNoEntry: false});
  const isPublic = found?.isFile() === true && (found.mode & 0o004) !== 0 && found.size <= MAX_COPY_BYTES;
  return isPublic ? [file(path, readFileSync(path))] : [];
}

function file(path: string, content: Uint8Array): ImageEntry {
  return {kind: 'file', path, content, mode: 0o644};
}

/** Links are followed, as their destination may lie outside of the image; dangling ones are left out. */
function bound(source: string, target: string): ImageEntry[] {
  return exists(source) ? [{kind: 'bind', source: realpathSync(source), target}] : [];
}

function exists(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false}) !== undefined;
}

function isFolder(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() ?? false;
}
