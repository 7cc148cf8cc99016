import type {Diagnose} from '../recipe.ts';
import {DiagnosticList} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

/** Node begins a fatal error with the place, then the source line and a caret, then the error with its stack. */
const PLACE = /^((?:file:\/\/)?\/.+|node:.+):(\d+)$/;
const CARET = /^(\s*)\^+$/;
const ERROR = /^(?:Uncaught )?([A-Za-z_$][\w$]*(?: \[\w+\])?(?:: .*)?)$/;
const FRAME = /^ {4}at (?:.* \()?((?:file:\/\/)?\/.+):(\d+):(\d+)\)?$/;

/** An open report of a fatal error: the place printed first, then overridden by the first frame in a user's file. */
interface Report {
  file: string;
  line: number;
  column: number | undefined;
  message: string | null;
}

/** Positions in the report that Node prints when a program ends by an uncaught error or does not parse. */
export const diagnoseJavaScript: Diagnose = (text, _stage, {files}) => {
  const list = new DiagnosticList(files);
  let report: Report | null = null;
  const close = () => {
    if (report?.message != null) list.add({...report, severity: 'error', message: report.message});
    report = null;
  };
  for (const line of textLines(text)) {
    const [, file, lineNumber] = PLACE.exec(line) ?? [];
    if (file !== undefined) {
      close();
      report = {file, line: Number(lineNumber), column: undefined, message: null};
      continue;
    }
    if (report === null) continue;
    if (report.message === null) readHead(line, report);
    else if (readFrame(line, report, list)) close();
  }
  close();
  return list.all;
};

function readHead(line: string, report: Report): void {
  const caret = CARET.exec(line);
  if (caret !== null) report.column = (caret[1]?.length ?? 0) + 1;
  // Until the caret, lines are the user's source, which may look like anything.
  else if (report.column !== undefined) report.message = ERROR.exec(line)?.[1] ?? null;
}

/** The stack is more exact than the first place, which is Node's own file for errors that its libraries throw. */
function readFrame(line: string, report: Report, list: DiagnosticList): boolean {
  const [, file, lineNumber, column] = FRAME.exec(line) ?? [];
  if (file === undefined || list.userPath(file) === null) return false;
  report.file = file;
  report.line = Number(lineNumber);
  report.column = Number(column);
  return true;
}
