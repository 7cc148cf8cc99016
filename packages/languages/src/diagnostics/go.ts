import {posix} from 'node:path';
import type {Diagnose} from '../recipe.ts';
import {DiagnosticList} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

/** `./main.go:5:2: undefined: x`, as `go build` prints it. */
const COMPILER_LINE = /^([^:\s][^:]*\.go):(\d+):(?:(\d+):)? (.*)$/;
const FATAL = /^(?:panic|fatal error): .*$/;
const FRAME = /^\t(\/.*\.go):(\d+)/;

/** Positions in the compiler's messages, or in the trace of a panic: the innermost frame in a user's file. */
export const diagnoseGo: Diagnose = (text, stage, {files, entry}) => {
  const list = new DiagnosticList(files);
  let message: string | null = null;
  for (const line of textLines(text)) {
    if (stage === 'compile') {
      const [, file, lineNumber, column, said = ''] = COMPILER_LINE.exec(line) ?? [];
      if (file === undefined) continue;
      const at = column === undefined ? undefined : Number(column);
      const place = inModule(file, entry, list);
      list.add({file: place, line: Number(lineNumber), column: at, severity: 'error', message: said});
    } else if (FATAL.test(line)) {
      message = line;
    } else if (message !== null) {
      const [, file, lineNumber] = FRAME.exec(line) ?? [];
      if (file === undefined || list.userPath(file) === null) continue;
      list.add({file, line: Number(lineNumber), column: undefined, severity: 'error', message});
      message = null;
    }
  }
  return list.all;
};

/** Go names files from the folder of the go.mod, which is one of those above the entry. */
function inModule(file: string, entry: string, list: DiagnosticList): string {
  for (let folder = posix.dirname(entry); folder !== '.'; folder = posix.dirname(folder)) {
    const path = posix.join(folder, file);
    if (list.userPath(path) !== null) return path;
  }
  return file;
}
