import type {Diagnose} from '../recipe.ts';
import {DiagnosticList} from './diagnostic-list.ts';
import {diagnoseJavaScript} from './javascript.ts';
import {textLines} from './text-lines.ts';

/** `main.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.`, as `tsc --pretty false` prints it. */
const COMPILER_LINE = /^([^()]+)\((\d+),(\d+)\): (error|warning) (TS\d+: .*)$/;

/** Positions in the compiler's messages; at run time source maps make Node name the TypeScript files itself. */
export const diagnoseTypeScript: Diagnose = (text, stage, context) => {
  if (stage === 'run') return diagnoseJavaScript(text, stage, context);
  const list = new DiagnosticList(context.files);
  for (const line of textLines(text)) {
    const [, file, lineNumber, column, severity, message] = COMPILER_LINE.exec(line) ?? [];
    if (file === undefined || message === undefined) continue;
    list.add({
      file,
      line: Number(lineNumber),
      column: Number(column),
      severity: severity === 'warning' ? 'warning' : 'error',
      message,
    });
  }
  return list.all;
};
