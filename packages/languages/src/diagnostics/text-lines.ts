/**
 * Characters of one line that are looked at. Programs write what they like to stderr; cutting keeps every pattern's work bounded
 * by the length of the text, whatever it holds.
 */
const MAX_LINE_LENGTH = 4096;

/** The lines of a tool's output, each cut to a bounded length. */
export function* textLines(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    yield text.slice(start, Math.min(end, start + MAX_LINE_LENGTH)).replace(/\r$/, '');
    start = end + 1;
  }
}
