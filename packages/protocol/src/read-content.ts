import {decodeBase64} from './base64.ts';
import type {FieldProblem} from './errors.ts';

const utf8 = new TextEncoder();

/** Collects what is wrong, so that one answer names all of it. */
export class Problems {
  readonly all: FieldProblem[] = [];

  add(...problems: readonly FieldProblem[]): void {
    this.all.push(...problems);
  }
}

/** Bytes given as text or as base64; none of the two gives no bytes. */
export function readContent(
  given: {readonly text: string | undefined; readonly base64: string | undefined},
  at: {readonly text: string; readonly base64: string; readonly problems: Problems},
): Uint8Array {
  if (given.text !== undefined && given.base64 !== undefined) {
    at.problems.add({path: at.base64, message: `cannot stand beside ${at.text}; send one of them`});
    return new Uint8Array();
  }
  if (given.base64 === undefined) return encodeText(given.text ?? '', at.text, at.problems);
  const bytes = decodeBase64(given.base64);
  if (bytes === null)
    at.problems.add({path: at.base64, message: 'is not base64 (RFC 4648 section 4, padded, no line breaks)'});
  return bytes ?? new Uint8Array();
}

export function encodeText(text: string, path: string, problems: Problems): Uint8Array {
  if (!text.isWellFormed())
    problems.add({
      path,
      message: 'holds half of a surrogate pair, which is not valid Unicode; send bytes as base64',
    });
  return utf8.encode(text);
}
