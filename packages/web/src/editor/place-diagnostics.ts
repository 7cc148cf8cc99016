import type {Diagnostic as EditorDiagnostic} from '@codemirror/lint';
import type {Text} from '@codemirror/state';
import type {Diagnostic} from '@sandglass/protocol';

/** Puts a compiler's diagnostics of one file into its text. Lines beyond the end, after an edit say, go to the last line. */
export function placeDiagnostics(
  text: Text,
  path: string,
  diagnostics: readonly Diagnostic[],
): EditorDiagnostic[] {
  return diagnostics
    .filter(({file}) => file === path || file === `./${path}`)
    .map((diagnostic) => placeDiagnostic(text, diagnostic));
}

function placeDiagnostic(text: Text, {line, column, severity, message}: Diagnostic): EditorDiagnostic {
  const place = text.line(Math.min(Math.max(line, 1), text.lines));
  const indent = place.text.length - place.text.trimStart().length;
  // Compilers count columns from 1; without one, or past the end, the whole line is meant.
  const offset = column === undefined ? indent : Math.min(column - 1, place.length);
  const from = place.from + Math.max(0, offset >= place.length ? indent : offset);
  const word = /^[\w$]+/.exec(text.sliceString(from, place.to))?.[0].length ?? 0;
  const to = column === undefined || word === 0 ? place.to : from + word;
  return {from: Math.min(from, to), to, severity: severity === 'note' ? 'info' : severity, message};
}
