import {statSync} from 'node:fs';
import {posix} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {ImageDefinition} from '../../image.ts';

/** One thing of the small tree that an image's mounts are put on. Parents come before what is in them. */
export type RootEntry =
  | {readonly kind: 'directory'; readonly path: string; readonly mode: number}
  | {readonly kind: 'link'; readonly path: string; readonly destination: string}
  | {readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array};

/** What is mounted on the tree, read-only, in this order. */
export type RootMount =
  | {readonly kind: 'bind'; readonly source: string; readonly target: string}
  /** Covers what is there with nothing. */
  | {readonly kind: 'empty'; readonly target: string};

/** An image as a small tree of its own and mounts on top of it: what container runtimes can be given. */
export interface RootPlan {
  readonly entries: readonly RootEntry[];
  readonly mounts: readonly RootMount[];
}

/** Places that the runtime or the driver fills. */
const MOUNT_POINTS = ['/dev', '/proc', '/sys', '/work'];

const FOLDER_MODE = 0o755;
const SHARED_MODE = 0o1777;

/**
 * Splits an image into what is stored and what is mounted. Whatever lies below a bind must be there in its source already, since nothing
 * can be made in what is read-only. Throws `configuration-invalid` naming image and entry.
 */
export function planRoot(image: ImageDefinition): RootPlan {
  const entries = new Map<string, RootEntry>();
  const mounts: RootMount[] = [];
  const isBound = (path: string): boolean =>
    mounts.some(
      (mount) => mount.kind === 'bind' && (path === mount.target || path.startsWith(`${mount.target}/`)),
    );
  const add = (entry: RootEntry): void => {
    if (isBound(entry.path)) throw refusal(image, entry.path, 'it lies below a bind, which is read-only');
    for (const path of foldersAbove(entry.path))
      if (!entries.has(path)) entries.set(path, {kind: 'directory', path, mode: FOLDER_MODE});
    entries.set(entry.path, entry);
  };
  for (const path of MOUNT_POINTS) add({kind: 'directory', path, mode: FOLDER_MODE});
  // runc gives what it mounts the mode of what it covers.
  add({kind: 'directory', path: '/tmp', mode: SHARED_MODE});
  for (const entry of image.entries) {
    if (entry.kind === 'hide') {
      mounts.push({kind: 'empty', target: entry.path});
    } else if (entry.kind === 'bind') {
      if (!isBound(entry.target)) add(mountPoint(image, entry));
      mounts.push(entry);
    } else {
      add(entry);
    }
  }
  return {entries: [...entries.values()], mounts};
}

function mountPoint(
  image: ImageDefinition,
  {source, target}: {readonly source: string; readonly target: string},
): RootEntry {
  const found = statSync(source, {throwIfNoEntry: false});
  if (found === undefined) throw refusal(image, source, 'it is not there');
  return found.isDirectory()
    ? {kind: 'directory', path: target, mode: FOLDER_MODE}
    : {kind: 'file', path: target, mode: 0o444, content: new Uint8Array(0)};
}

function foldersAbove(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === '/' ? [] : [...foldersAbove(parent), parent];
}

function refusal(image: ImageDefinition, path: string, reason: string): SandglassError {
  return new SandglassError(
    'configuration-invalid',
    `Cannot build the root of image "${image.name}": ${path} cannot be part of it; ${reason}.`,
  );
}
