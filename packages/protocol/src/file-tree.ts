/** Two files that cannot exist together: `index` is the one that came second in the list. */
export interface PathConflict {
  readonly index: number;
  /** The end of a sentence that begins with the path. */
  readonly message: string;
}

/** Finds paths that name the same file twice, or need a folder where another path has a file. Paths must be valid on their own. */
export function findPathConflicts(paths: readonly string[]): PathConflict[] {
  const files = new Map(paths.map((path, index) => [path, index]));
  const conflicts: PathConflict[] = [];
  const seen = new Set<string>();
  for (const [index, path] of paths.entries()) {
    if (seen.has(path)) conflicts.push({index, message: 'is there twice; give each file once'});
    seen.add(path);
    const blocking = parents(path).find((parent) => files.has(parent));
    if (blocking !== undefined)
      conflicts.push({index, message: `needs a folder "${blocking}", but that is the path of a file`});
  }
  return conflicts;
}

function parents(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, depth) => segments.slice(0, depth + 1).join('/'));
}
