import {chmod, mkdir, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {refused} from '../refusal.ts';
import type {ObjectStore} from '../store/object-store.ts';
import type {ImageTree, TreeNode} from './image-tree.ts';

/**
 * Makes a tree's files in `folder`, which must not exist. Parents come first and a path has one node, so nothing is ever made through a link;
 * folders get their mode at the end, as one without the right to write would refuse its own content to an ordinary user.
 */
export async function checkOut(
  tree: ImageTree,
  folder: string,
  {objects, signal}: {readonly objects: ObjectStore; readonly signal: AbortSignal | undefined},
): Promise<void> {
  await mkdir(folder, {mode: 0o755});
  const modes: {readonly path: string; readonly mode: number}[] = [{path: folder, mode: tree.root.mode}];
  for (const {path, node} of tree.walk()) {
    signal?.throwIfAborted();
    const place = join(folder, ...path);
    try {
      await make(node, place, objects);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENAMETOOLONG')) throw cause;
      throw refused(
        `Cannot keep the entry ${JSON.stringify(path.join('/').slice(0, 200))}…: with the store's own folder before it, its path is longer than this file system takes.`,
        cause,
      );
    }
    if (node.kind === 'directory') modes.push({path: place, mode: node.mode});
  }
  for (const {path, mode} of modes.reverse()) await chmod(path, mode);
}

async function make(node: TreeNode, place: string, objects: ObjectStore): Promise<void> {
  switch (node.kind) {
    case 'directory':
      await mkdir(place, {mode: 0o755});
      return;
    case 'file':
      await objects.place(node, place);
      return;
    case 'link':
      await symlink(node.target, place);
      return;
    default:
      node satisfies never;
  }
}
