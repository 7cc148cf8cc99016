import {sourceText} from '../build/source-paths.ts';
import type {Diagnose} from '../recipe.ts';
import {DiagnosticList} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

const FRAME = /^ {2}File "([^"]+)", line (\d+)/;
const EXCEPTION = /^([A-Za-z_][\w.]*)(?:: (.*))?$/;
const CARET = /^ {4}( *)[\^~]+/;
const WARNING = /^([^:]+):(\d+): (\w+Warning: .*)$/;

/** Positions in Python's tracebacks, syntax errors and warnings: of each traceback, the innermost frame in a user's file. */
export const diagnosePython: Diagnose = (text, _stage, {files}) => {
  const list = new DiagnosticList(files);
  let frame: {path: string; line: number; caret: number | undefined} | null = null;
  for (const line of textLines(text)) {
    const [, file, lineNumber] = FRAME.exec(line) ?? [];
    if (file !== undefined) {
      const path = list.userPath(file);
      if (path !== null) frame = {path, line: Number(lineNumber), caret: undefined};
      continue;
    }
    const caret = CARET.exec(line);
    if (caret !== null && frame !== null) {
      frame.caret = caret[1]?.length ?? 0;
      continue;
    }
    const warning = WARNING.exec(line);
    if (warning !== null) {
      const [, path = '', at, message = ''] = warning;
      list.add({file: path, line: Number(at), column: undefined, severity: 'warning', message});
      continue;
    }
    const exception = EXCEPTION.exec(line);
    if (exception === null || frame === null) continue;
    const {path, line: at, caret: caretOffset} = frame;
    // Only a syntax error points at one place; in a traceback the caret underlines a whole expression.
    const isSyntaxError = /^(?:Syntax|Indentation|Tab)Error$/.test(exception[1] ?? '');
    const column =
      isSyntaxError && caretOffset !== undefined
        ? indentation(sourceText(files, path), at) + caretOffset + 1
        : undefined;
    list.add({file: path, line: at, column, severity: 'error', message: line});
    frame = null;
  }
  return list.all;
};

/** Python prints a source line without its indentation, so the caret is relative to the first character that counts. */
function indentation(source: string, lineNumber: number): number {
  const line = source.split('\n', lineNumber)[lineNumber - 1] ?? '';
  return line.length - line.trimStart().length;
}
