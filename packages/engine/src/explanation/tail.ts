/** The end of a text, from the beginning of a line: where a program says last what went wrong. Keeps later searches short. */
export function tail(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.length - maxLength;
  const lineStart = text.indexOf('\n', cut);
  return text.slice(lineStart === -1 ? cut : lineStart + 1);
}
