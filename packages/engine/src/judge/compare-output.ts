import type {Checker} from '@sandglass/protocol';

/** Null when the output is right, else the first difference in words. */
export type Difference = string | null;

type Comparison = Exclude<Checker, {kind: 'program'}>;

/** A word of the output is quoted up to this length. */
const MAX_QUOTED = 60;

/** Compares what a program wrote with what was expected of it. Takes time linear in both. */
export function compareOutput(actual: Buffer, expected: Buffer, comparison: Comparison): Difference {
  switch (comparison.kind) {
    case 'exact':
      return actual.equals(expected)
        ? null
        : (compareLines(lines(actual), lines(expected)) ?? 'The output differs at its end.');
    case 'trim':
      return actual.equals(expected) ? null : compareLines(trimmedLines(actual), trimmedLines(expected));
    case 'tokens':
      return compareTokens(actual, expected, (left, right) => left === right);
    case 'float':
      return compareTokens(actual, expected, (left, right) => isClose(left, right, comparison.epsilon));
    default:
      return comparison satisfies never;
  }
}

// latin1 keeps every byte apart, so that bytes which are no UTF-8 are compared as well.
function lines(bytes: Buffer): string[] {
  return bytes.toString('latin1').split('\n');
}

/** Trailing blanks of each line and empty lines at the end do not count; a carriage return is a blank. */
function trimmedLines(bytes: Buffer): string[] {
  const all = lines(bytes).map(withoutTrailingBlanks);
  while (all.at(-1) === '') all.pop();
  return all;
}

/** By hand: a regular expression would take quadratic time over a line of blanks with a letter at its end. */
function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && ' \t\r\v\f'.includes(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}

function compareLines(actual: readonly string[], expected: readonly string[]): Difference {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    const left = actual[index];
    const right = expected[index];
    if (left === right) continue;
    if (left === undefined) return `Line ${index + 1} is missing; expected ${quote(right ?? '')}.`;
    if (right === undefined)
      return `Line ${index + 1} is ${quote(left)} but the output should have ended before it.`;
    return `Line ${index + 1} is ${quote(left)} but should be ${quote(right)}.`;
  }
  return null;
}

function compareTokens(
  actual: Buffer,
  expected: Buffer,
  isEqual: (left: string, right: string) => boolean,
): Difference {
  const wanted = tokens(expected);
  let number = 0;
  for (const left of tokens(actual)) {
    number++;
    const right = wanted.next();
    if (right.done) return `Word ${number} is ${quote(left)} but the output should have ended before it.`;
    if (!isEqual(left, right.value))
      return `Word ${number} is ${quote(left)} but should be ${quote(right.value)}.`;
  }
  const rest = wanted.next();
  return rest.done ? null : `Word ${number + 1} is missing; expected ${quote(rest.value)}.`;
}

/** Words between blanks (isspace(3) in the C locale), one at a time: an answer may have millions. */
function* tokens(bytes: Buffer): Generator<string, undefined> {
  let start = -1;
  for (let index = 0; index <= bytes.length; index++) {
    const byte = bytes[index] ?? 0x20;
    const isBlank = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
    if (!isBlank && start < 0) start = index;
    if (!isBlank || start < 0) continue;
    yield bytes.toString('latin1', start, index);
    start = -1;
  }
  return undefined;
}

/** What C's strtod(3) and most languages print; nothing that JavaScript alone would take for a number. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Within epsilon absolutely, or relative to the expected number. What is no number must be equal. */
function isClose(left: string, right: string, epsilon: number): boolean {
  if (left === right) return true;
  if (!NUMBER.test(left) || !NUMBER.test(right)) return false;
  const expected = Number(right);
  const distance = Math.abs(Number(left) - expected);
  return distance <= epsilon || distance <= epsilon * Math.abs(expected);
}

function quote(text: string): string {
  const decoded = Buffer.from(text.slice(0, 4 * MAX_QUOTED), 'latin1').toString('utf8');
  return JSON.stringify(decoded.length > MAX_QUOTED ? `${decoded.slice(0, MAX_QUOTED)}…` : decoded);
}
