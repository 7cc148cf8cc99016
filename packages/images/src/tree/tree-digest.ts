import {createHash} from 'node:crypto';
import type {ImageTree, TreeNode} from './image-tree.ts';

export interface TreeSummary {
  /** `sha256:…` over every path with what is there: the same files give the same digest, wherever they came from. */
  readonly digest: string;
  readonly entries: number;
  /** Of all files, each counted as often as it is there. */
  readonly bytes: number;
}

export function summariseTree(tree: ImageTree): TreeSummary {
  const hash = createHash('sha256').update('sandglass-tree-1\n');
  let entries = 0;
  let bytes = 0;
  for (const {path, node} of tree.walk()) {
    entries += 1;
    if (node.kind === 'file') bytes += node.bytes;
    hash.update(`${JSON.stringify([path.join('/'), ...facts(node)])}\n`);
  }
  return {digest: `sha256:${hash.digest('hex')}`, entries, bytes};
}

function facts(node: TreeNode): readonly (string | number)[] {
  switch (node.kind) {
    case 'directory':
      return ['directory', node.mode];
    case 'file':
      return ['file', node.mode, node.modifiedAtS, node.sha256];
    case 'link':
      return ['link', node.target];
    default:
      return node satisfies never;
  }
}
