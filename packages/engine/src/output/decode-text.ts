import {isUtf8} from 'node:buffer';

/** A program's output as JSON can carry it. */
export interface DecodedText {
  /** Invalid UTF-8 is replaced by U+FFFD. */
  readonly text: string;
  /** The exact bytes; null when `text` already says everything. */
  readonly base64: string | null;
}

/**
 * Decodes output as UTF-8. Where Sandglass itself cut the output, a character that the cut went through is left out rather than
 * called invalid: the program wrote it well.
 */
export function decodeText(bytes: Buffer, {isTruncated}: {readonly isTruncated: boolean}): DecodedText {
  if (bytes.length === 0) return {text: '', base64: null};
  const kept = isTruncated ? bytes.subarray(0, bytes.length - unfinishedBytes(bytes)) : bytes;
  if (isUtf8(kept)) return {text: kept.toString('utf8'), base64: null};
  return {text: bytes.toString('utf8'), base64: bytes.toString('base64')};
}

/** How many bytes at the end begin a character and do not finish it, by UTF-8's lead bytes (RFC 3629 section 3). */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (isContinuation) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}
