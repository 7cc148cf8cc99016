/**
 * An image's files as they will be, kept in memory while layers are laid over each other. No path of an archive is ever given to the
 * host's file system before the tree is complete: there is no link of an earlier entry that a later one could be written through.
 */
import type {ImageBounds} from '../bounds.ts';
import {refused} from '../refusal.ts';

export interface FolderNode {
  readonly kind: 'directory';
  mode: number;
  layer: number;
  readonly children: Map<string, TreeNode>;
}

export interface FileNode {
  readonly kind: 'file';
  readonly mode: number;
  readonly layer: number;
  /** Digest of the content, hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Kept because compiled Python refers to its source's time. */
  readonly modifiedAtS: number;
}

export interface LinkNode {
  readonly kind: 'link';
  readonly layer: number;
  readonly target: string;
}

export type TreeNode = FolderNode | FileNode | LinkNode;

const FOLDER_MODE = 0o755;

export class ImageTree {
  readonly root: FolderNode = newFolder(FOLDER_MODE, 0);
  readonly #bounds: ImageBounds;
  #entries = 0;
  #bytes = 0;

  constructor(bounds: ImageBounds) {
    this.#bounds = bounds;
  }

  /** All nodes below the root, parents first, each folder's in the order of their names' bytes. */
  *walk(): Generator<{readonly path: readonly string[]; readonly node: TreeNode}> {
    yield* walkFolder([], this.root);
  }

  find(path: readonly string[]): TreeNode | null {
    let node: TreeNode = this.root;
    for (const name of path) {
      const next: TreeNode | undefined = node.kind === 'directory' ? node.children.get(name) : undefined;
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  /** Adds or changes a folder; what it holds stays. */
  putFolder(path: readonly string[], {mode, layer}: {readonly mode: number; readonly layer: number}): void {
    const existing = this.find(path);
    if (existing?.kind === 'directory') {
      existing.mode = mode;
      existing.layer = layer;
      return;
    }
    this.#put(path, newFolder(mode, layer));
  }

  /** Throws `image-refused` past the bounds, so it is called before the content is read. */
  reserve(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#bounds.totalBytes)
      throw refused(`Cannot take the image: its files have more than ${this.#bounds.totalBytes} bytes.`);
  }

  put(path: readonly string[], node: FileNode | LinkNode): void {
    this.#put(path, node);
  }

  /** Takes away what is there, if anything. */
  remove(path: readonly string[]): void {
    const folder = this.find(path.slice(0, -1));
    if (folder?.kind === 'directory') folder.children.delete(path.at(-1) ?? '');
  }

  /** Throws `image-refused` unless the path leads to it through folders only. */
  folderOf(path: readonly string[], layer: number): FolderNode {
    let folder = this.root;
    for (const [index, name] of path.slice(0, -1).entries()) {
      const next = folder.children.get(name);
      if (next !== undefined && next.kind !== 'directory')
        throw refused(
          `Cannot take the entry ${JSON.stringify(path.join('/').slice(0, 200))}: ${JSON.stringify(path.slice(0, index + 1).join('/'))} is a ${next.kind}, and nothing is written through links.`,
        );
      if (next === undefined) this.count();
      const child: FolderNode = next ?? newFolder(FOLDER_MODE, layer);
      folder.children.set(name, child);
      folder = child;
    }
    return folder;
  }

  #put(path: readonly string[], node: TreeNode): void {
    const name = path.at(-1);
    if (name === undefined) throw refused('Cannot take the archive: its root is not a directory.');
    this.folderOf(path, node.layer).children.set(name, node);
  }

  /** Counts an entry, whether it adds anything or not: each is work. Throws `image-refused` past the bounds. */
  count(): void {
    this.#entries += 1;
    if (this.#entries > this.#bounds.entries)
      throw refused(`Cannot take the image: it has more than ${this.#bounds.entries} entries.`);
  }
}

function newFolder(mode: number, layer: number): FolderNode {
  return {kind: 'directory', mode, layer, children: new Map()};
}

function* walkFolder(
  path: readonly string[],
  folder: FolderNode,
): Generator<{readonly path: readonly string[]; readonly node: TreeNode}> {
  const names = [...folder.children.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    const node = folder.children.get(name);
    if (node === undefined) continue;
    const inner = [...path, name];
    yield {path: inner, node};
    if (node.kind === 'directory') yield* walkFolder(inner, node);
  }
}
