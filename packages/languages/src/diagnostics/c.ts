import type {Diagnostic} from '@sandglass/protocol';
import type {Diagnose} from '../recipe.ts';
import {DiagnosticList} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

/** `main.c:3:5: error: expected ';'`, as GCC and Clang both print it (GNU coding standards, "Formatting Error Messages"). */
const COMPILER_LINE = /^([^:]+):(\d+):(?:(\d+):)? (?:fatal )?(error|warning|note): (.*)$/;

/** assert(3) as glibc prints it: `program: main.c:4: main: Assertion … failed.` */
const FAILED_ASSERTION = /^[^:]+: ([^:]+):(\d+): (.*Assertion `.*' failed\.)$/;

/** Positions in what a C or C++ compiler, or a failed assertion, said. */
export const diagnoseC: Diagnose = (text, stage, {files}) => {
  const list = new DiagnosticList(files);
  for (const line of textLines(text)) {
    const match = stage === 'compile' ? COMPILER_LINE.exec(line) : FAILED_ASSERTION.exec(line);
    if (match === null) continue;
    const [, file = '', lineNumber, ...rest] = match;
    const [column, severity, message] = stage === 'compile' ? rest : [undefined, 'error', rest[0]];
    list.add({
      file,
      line: Number(lineNumber),
      column: column === undefined ? undefined : Number(column),
      severity: severity as Diagnostic['severity'], // the pattern admits no other word
      message: message ?? '',
    });
  }
  return list.all;
};
