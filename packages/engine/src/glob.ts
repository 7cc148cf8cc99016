/**
 * File patterns: `*` and `?` within a name, `**` for any number of folders, `[a-z]` and `[!a-z]` for one character. Patterns and names both come from strangers, so matching takes time proportional to their
 * lengths multiplied: a star is matched greedily and only the last one is ever reconsidered. Regular expressions made from
 * patterns, as the usual libraries use them, can take exponential time.
 */
export class Glob {
  readonly #segments: readonly Segment[];

  constructor(pattern: string) {
    const segments = pattern
      .split('/')
      .map((text): Segment => (text === '**' ? 'folders' : characters(text)));
    // Below a folder, at any depth, is still below it: at least one name.
    this.#segments = segments.at(-1) === 'folders' ? [...segments, ['any']] : segments;
  }

  /** @param path relative, names separated by `/`. False, too, once `work` is used up. */
  matches(path: string, work: MatchingWork): boolean {
    return matchesSequence<Segment, string>(this.#segments, path.split('/'), {
      work,
      isStar: (segment) => segment === 'folders',
      fits: (segment, name) =>
        segment !== 'folders' &&
        matchesSequence<Character, string>(segment, [...name], {
          work,
          isStar: (character) => character === 'any',
          fits: (character, actual) => character !== 'any' && character(actual),
        }),
    });
  }
}

/** Bounds the comparisons of many patterns with many paths together; about 100 million steps are a second. */
export interface MatchingWork {
  stepsLeft: number;
}

/** True when a name in a pattern may stand for several names. */
export function hasWildcard(name: string): boolean {
  return /[*?[]/.test(name);
}

type Character = 'any' | ((actual: string) => boolean);
type Segment = 'folders' | readonly Character[];

interface SequenceRules<Pattern, Item> {
  readonly work: MatchingWork;
  isStar(pattern: Pattern): boolean;
  fits(pattern: Pattern, item: Item): boolean;
}

/** Wildcard matching with one point to return to: the latest star, which then takes one item more. */
function matchesSequence<Pattern, Item>(
  pattern: readonly Pattern[],
  items: readonly Item[],
  {work, isStar, fits}: SequenceRules<Pattern, Item>,
): boolean {
  let at = 0;
  let star = -1;
  let starEnd = 0;
  for (let index = 0; index < items.length; ) {
    if (work.stepsLeft-- <= 0) return false;
    const part = pattern[at];
    // Within the bounds just checked.
    const item = items[index] as Item;
    if (part !== undefined && isStar(part)) {
      star = at++;
      starEnd = index;
    } else if (part !== undefined && fits(part, item)) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++starEnd;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(isStar);
}

function characters(text: string): Character[] {
  const source = [...text];
  const parsed: Character[] = [];
  for (let index = 0; index < source.length; index++) {
    const character = source[index] ?? '';
    const end = character === '[' ? setEnd(source, index) : -1;
    if (character === '*') parsed.push('any');
    else if (character === '?') parsed.push(() => true);
    else if (end > 0) {
      parsed.push(characterSet(source.slice(index + 1, end)));
      index = end;
    } else parsed.push(exactly(character));
  }
  return parsed;
}

/** Where a set closes; a `]` in first place is a member, as in glob(7). -1 when it does not close: the bracket is itself. */
function setEnd(source: readonly string[], open: number): number {
  const first = source[open + 1] === '!' ? open + 2 : open + 1;
  return source.indexOf(']', first + 1);
}

function exactly(wanted: string): Character {
  return (actual) => actual === wanted;
}

function characterSet(members: readonly string[]): Character {
  const isNegated = members[0] === '!';
  const listed = isNegated ? members.slice(1) : members;
  const ranges: {readonly from: string; readonly to: string}[] = [];
  for (let index = 0; index < listed.length; index++) {
    const from = listed[index] ?? '';
    const isRange = listed[index + 1] === '-' && index + 2 < listed.length;
    ranges.push({from, to: isRange ? (listed[index + 2] ?? from) : from});
    if (isRange) index += 2;
  }
  return (actual) => ranges.some(({from, to}) => from <= actual && actual <= to) !== isNegated;
}
