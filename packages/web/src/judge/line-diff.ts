export interface DiffLine {
  readonly kind: 'same' | 'missing' | 'extra';
  readonly text: string;
}

/** The table of the comparison grows with the product of both lengths; a verdict is understood from its first lines. */
const MAX_LINES = 400;

/**
 * What turns `expected` into `actual`, line by line, with as few changes as possible (longest common subsequence).
 * Only the first 400 lines of each are compared; `isCut` says when there were more.
 */
export function diffLines(expected: string, actual: string): {lines: DiffLine[]; isCut: boolean} {
  const all = [expected, actual].map((text) => text.replace(/\n$/, '').split('\n'));
  const [left = [], right = []] = all.map((lines) => lines.slice(0, MAX_LINES));
  const lengths = commonLengths(left, right);
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    const [mine, theirs] = [left[row], right[column]];
    if (mine !== undefined && mine === theirs) {
      lines.push({kind: 'same', text: mine});
      row += 1;
      column += 1;
    } else if (mine !== undefined && (theirs === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({kind: 'missing', text: mine});
      row += 1;
    } else {
      lines.push({kind: 'extra', text: theirs ?? ''});
      column += 1;
    }
  }
  return {lines, isCut: all.some(({length}) => length > MAX_LINES)};
}

/** `[i][j]`: length of the longest common subsequence of what follows line i on the left and line j on the right. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array[] {
  const lengths = Array.from({length: left.length + 1}, () => new Uint16Array(right.length + 1));
  for (let row = left.length - 1; row >= 0; row--) {
    const [current, below] = [lengths[row], lengths[row + 1]];
    if (current === undefined || below === undefined) continue;
    for (let column = right.length - 1; column >= 0; column--) {
      current[column] =
        left[row] === right[column]
          ? (below[column + 1] ?? 0) + 1
          : Math.max(below[column] ?? 0, current[column + 1] ?? 0);
    }
  }
  return lengths;
}
