export type TreeNode =
  | {readonly kind: 'file'; readonly name: string; readonly path: string}
  | {
      readonly kind: 'folder';
      readonly name: string;
      readonly path: string;
      readonly children: readonly TreeNode[];
    };

/** Paths as a tree: folders first, both by name. */
export function folderTree(paths: readonly string[], prefix = ''): TreeNode[] {
  const folders = new Set<string>();
  const files: TreeNode[] = [];
  for (const path of paths) {
    if (!path.startsWith(prefix)) continue;
    const rest = path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash === -1) files.push({kind: 'file', name: rest, path});
    else folders.add(rest.slice(0, slash));
  }
  const byName = (left: TreeNode, right: TreeNode) => left.name.localeCompare(right.name);
  const nodes: TreeNode[] = [...folders].map((name) => ({
    kind: 'folder',
    name,
    path: `${prefix}${name}`,
    children: folderTree(paths, `${prefix}${name}/`),
  }));
  return [...nodes.sort(byName), ...files.sort(byName)];
}
