import {posix} from 'node:path';
import type {SourceFile} from '@sandglass/protocol';
import type {Diagnose} from '../recipe.ts';
import {DiagnosticList, type Finding} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

/** `Main.java:3: error: ';' expected`, as javac prints it; the column is where the caret two lines below stands. */
const COMPILER_LINE = /^([^:]+\.java):(\d+): (error|warning): (.*)$/;
const CARET = /^( *)\^$/;
const UNCAUGHT = /^(?:Exception in thread "[^"]*" |Caused by: )(\S.*)$/;
const FRAME = /^\tat (?:[^/(]+\/)*([\w$.]+)\.[\w$<>]+\(([\w$]+\.java):(\d+)\)/;

/** Positions in javac's messages, or in the stack traces of uncaught exceptions: the innermost frame in a user's file. */
export const diagnoseJava: Diagnose = (text, stage, {files}) => {
  const list = new DiagnosticList(files);
  if (stage === 'compile') readCompilerOutput(text, list);
  else readStackTraces(text, list, files);
  return list.all;
};

function readCompilerOutput(text: string, list: DiagnosticList): void {
  let pending: Finding | null = null;
  for (const line of textLines(text)) {
    const match = COMPILER_LINE.exec(line);
    const caret = CARET.exec(line);
    if (match !== null) {
      if (pending !== null) list.add(pending);
      const [, file = '', lineNumber, severity, message = ''] = match;
      pending = {
        file,
        line: Number(lineNumber),
        column: undefined,
        severity: severity === 'warning' ? 'warning' : 'error',
        message,
      };
    } else if (caret !== null && pending !== null) {
      list.add({...pending, column: (caret[1]?.length ?? 0) + 1});
      pending = null;
    }
  }
  if (pending !== null) list.add(pending);
}

function readStackTraces(text: string, list: DiagnosticList, files: readonly SourceFile[]): void {
  let message: string | null = null;
  for (const line of textLines(text)) {
    const uncaught = UNCAUGHT.exec(line);
    if (uncaught !== null) {
      message = uncaught[1] ?? '';
      continue;
    }
    const [, className, fileName, lineNumber] = FRAME.exec(line) ?? [];
    if (message === null || className === undefined || fileName === undefined) continue;
    const file = sourceOf(className, fileName, files);
    if (file === null) continue;
    list.add({file, line: Number(lineNumber), column: undefined, severity: 'error', message});
    message = null;
  }
}

/** A frame names class and file but no folder: the class's package tells apart files of the same name. */
function sourceOf(className: string, fileName: string, files: readonly SourceFile[]): string | null {
  const named = files.map((file) => file.path).filter((path) => posix.basename(path) === fileName);
  const packagePath = [...className.split('.').slice(0, -1), fileName].join('/');
  return named.find((path) => path === packagePath || path.endsWith(`/${packagePath}`)) ?? named[0] ?? null;
}
