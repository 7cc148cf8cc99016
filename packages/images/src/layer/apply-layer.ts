import {refused} from '../refusal.ts';
import type {ObjectWriter} from '../store/object-store.ts';
import {readTar, type TarEntry} from '../tar/read-tar.ts';
import {checkLinkTarget, entryPath} from '../tree/entry-path.ts';
import type {FolderNode, ImageTree} from '../tree/image-tree.ts';

/** Names that say what is gone from the layers below (OCI image specification, layer.md). */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** Bookkeeping of an old union file system, such as `.wh..wh.plnk`. */
const BOOKKEEPING = '.wh..wh.';

/** Set-user-id, set-group-id and sticky bits mean nothing in a sandbox and stay behind. */
const PERMISSION_BITS = 0o777;

export interface LayerOptions {
  /** 1 for the lowest, one more for each above it. */
  readonly layer: number;
  readonly objects: ObjectWriter;
  /** Called with the number of each entry's bytes. */
  readonly onBytes?: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Lays one layer's archive over a tree. Owners, set-id bits and extended attributes are dropped: every image belongs to root.
 * Throws `image-refused` for anything that an honest layer does not have (paths that leave the root or go through links, devices,
 * links to files that are not there), and past the tree's bounds.
 */
export async function applyLayer(
  tree: ImageTree,
  archive: AsyncIterable<Uint8Array>,
  options: LayerOptions,
): Promise<void> {
  for await (const entry of readTar(archive)) {
    options.signal?.throwIfAborted();
    tree.count();
    await applyEntry(tree, entry, options);
    options.onBytes?.(entry.bytes);
  }
}

async function applyEntry(tree: ImageTree, entry: TarEntry, options: LayerOptions): Promise<void> {
  const path = entryPath(entry.name);
  const {layer, objects} = options;
  const mode = entry.mode & PERMISSION_BITS;
  const name = path.at(-1) ?? '';
  if (name.startsWith(WHITEOUT)) {
    removeBelow(tree, path, layer);
    return;
  }
  switch (entry.kind) {
    case 'directory':
      tree.putFolder(path, {mode, layer});
      return;
    case 'file': {
      tree.reserve(entry.bytes);
      const modifiedAtS = Math.min(entry.modifiedAtS, MAX_TIME_S);
      const {sha256, bytes} = await objects.write(entry.content, {bytes: entry.bytes, mode, modifiedAtS});
      tree.put(path, {kind: 'file', mode, layer, sha256, bytes, modifiedAtS});
      return;
    }
    case 'link':
      checkLinkTarget(entry.name, entry.linkName);
      tree.put(path, {kind: 'link', layer, target: entry.linkName});
      return;
    case 'hard-link':
      putHardLink(tree, path, entry, layer);
      return;
    case 'device':
    case 'fifo':
      // The driver provides /dev; whatever an image has there is never looked at.
      if (path[0] === 'dev') return;
      throw refused(`Cannot take the entry ${JSON.stringify(entry.name)}: it is a ${entry.kind}.`);
    default:
      entry.kind satisfies never;
  }
}

/** 2106-02-07, the last second that every file system knows. */
const MAX_TIME_S = 0xffff_ffff;

/** A second name for a file of the same image; the target is a path from the image's root, like any other. */
function putHardLink(tree: ImageTree, path: readonly string[], entry: TarEntry, layer: number): void {
  const target = tree.find(entryPath(entry.linkName));
  if (target === null || target.kind === 'directory')
    throw refused(
      `Cannot take the entry ${JSON.stringify(entry.name)}: it is a hard link to ${JSON.stringify(entry.linkName)}, which is no file of the image.`,
    );
  // A copy in all forms of an image that know no second names.
  if (target.kind === 'file') tree.reserve(target.bytes);
  tree.put(path, {...target, layer});
}

function removeBelow(tree: ImageTree, path: readonly string[], layer: number): void {
  const name = path.at(-1) ?? '';
  const folder = tree.folderOf(path, layer);
  if (name === OPAQUE) {
    dropOlder(folder, layer);
    return;
  }
  if (name.startsWith(BOOKKEEPING)) return;
  const removed = name.slice(WHITEOUT.length);
  if (removed === '' || removed === '.' || removed === '..')
    throw refused(
      `Cannot take the entry ${JSON.stringify(path.join('/'))}: it removes nothing that can be named.`,
    );
  const node = folder.children.get(removed);
  // A layer's own entries are above its whiteouts, in whatever order the archive has them.
  if (node === undefined) return;
  if (node.kind === 'directory') dropOlder(node, layer);
  if (node.layer < layer && !(node.kind === 'directory' && node.children.size > 0))
    folder.children.delete(removed);
}

function dropOlder(folder: FolderNode, layer: number): void {
  for (const [name, node] of folder.children) {
    if (node.kind === 'directory') dropOlder(node, layer);
    const isNeeded = node.layer >= layer || (node.kind === 'directory' && node.children.size > 0);
    if (!isNeeded) folder.children.delete(name);
  }
}
