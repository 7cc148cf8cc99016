/** What ends each kind of stretch that is no code, or is an escape within it. */
const ENDINGS: Readonly<Record<string, string>> = {
  '//': '\\n',
  '/*': '\\*/',
  '"""': '"""|\\\\.',
  '"': '["\\n]|\\\\.',
  "'": "['\\n]|\\\\.",
};

/**
 * Java source without comments, strings, text blocks and character literals, so that a search for declarations is not fooled by
 * them. Linear in the source, which a user may make as odd as they like: each stretch is left once and never looked at again.
 */
export function blankJavaText(source: string): string {
  const code: string[] = [];
  const opener = /\/[/*]|"""|["']/g;
  let position = 0;
  for (let match = opener.exec(source); match !== null; match = opener.exec(source)) {
    code.push(source.slice(position, match.index), ' ');
    position = endOfStretch(source, match.index, match[0]);
    opener.lastIndex = position;
  }
  code.push(source.slice(position));
  return code.join('');
}

function endOfStretch(source: string, start: number, open: string): number {
  const end = new RegExp(ENDINGS[open] ?? '$', 'gs');
  end.lastIndex = start + open.length;
  for (let match = end.exec(source); match !== null; match = end.exec(source)) {
    // An escape such as \" goes on with the text.
    if (!match[0].startsWith('\\')) return end.lastIndex;
  }
  return source.length;
}
