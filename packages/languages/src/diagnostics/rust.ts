import type {Diagnose} from '../recipe.ts';
import {DiagnosticList, type Finding} from './diagnostic-list.ts';
import {textLines} from './text-lines.ts';

const HEAD = /^(error|warning)(?:\[\w+\])?: .*$/;
const PLACE = /^ *--> (.+):(\d+):(\d+)$/;
/** Before Rust 1.73: `thread 'main' panicked at 'message', main.rs:2:5`. */
const PANIC_WITH_MESSAGE = /^thread '.*' panicked at '(.*)', (.+):(\d+):(\d+)$/;
/** Since Rust 1.73 the message follows on its own line. */
const PANIC_PLACE = /^thread '.*' (?:\(\d+\) )?panicked at (.+):(\d+):(\d+):$/;

/** Positions in rustc's messages for people, and of panics. */
export const diagnoseRust: Diagnose = (text, stage, {files}) => {
  const list = new DiagnosticList(files);
  for (const finding of stage === 'compile' ? compilerFindings(text) : panics(text)) list.add(finding);
  return list.all;
};

/** Each message is a head line and then its first `-->`; later arrows of the same message are notes. */
function* compilerFindings(text: string): Generator<Finding> {
  let head: string | null = null;
  for (const line of textLines(text)) {
    if (HEAD.test(line)) {
      head = line;
      continue;
    }
    const [, file, lineNumber, column] = PLACE.exec(line) ?? [];
    if (head === null || file === undefined) continue;
    const severity = head.startsWith('warning') ? 'warning' : 'error';
    yield {file, line: Number(lineNumber), column: Number(column), severity, message: withoutSeverity(head)};
    head = null;
  }
}

function* panics(text: string): Generator<Finding> {
  let place: Finding | null = null;
  for (const line of textLines(text)) {
    if (place !== null) {
      yield {...place, message: `panicked: ${line}`};
      place = null;
      continue;
    }
    const [, message, file, lineNumber, column] = PANIC_WITH_MESSAGE.exec(line) ?? [];
    if (file !== undefined) yield panic(file, lineNumber, column, `panicked: ${message}`);
    const [, later, laterLine, laterColumn] = PANIC_PLACE.exec(line) ?? [];
    if (later !== undefined) place = panic(later, laterLine, laterColumn, 'panicked');
  }
}

function panic(file: string, line: string | undefined, column: string | undefined, message: string): Finding {
  return {file, line: Number(line), column: Number(column), severity: 'error', message};
}

/** `error[E0425]: cannot find value` keeps the code, which is what people look up. */
function withoutSeverity(head: string): string {
  return head.replace(/^(?:error|warning)(?:\[(\w+)\])?: /, (_, code: string | undefined) =>
    code ? `${code}: ` : '',
  );
}
