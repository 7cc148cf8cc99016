import {SandglassError} from '@sandglass/protocol';

/**
 * How specs and results are stored: a JSON head and the byte strings and long texts it stands beside. Plain JSON would blow
 * bytes up by a third and make every reader unescape megabytes of output; `v8.serialize` is bound to one engine's version
 * and readable from no other language or database. Layout, integers little-endian:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 3 | `SGR` in ASCII |
 * | 3 | 1 | version, 1 |
 * | 4 | 4 | length of the head in bytes |
 * | 8 | 4 | number of parts, n |
 * | 12 | 4 n | length of each part in bytes |
 * | 12 + 4 n | | the head, JSON in UTF-8, then the parts one after the other, up to the end |
 *
 * What a part means, the head says: see `spec-record.ts` and `result-record.ts`.
 */
const MAGIC_AND_VERSION = 0x01_52_47_53;
const FIXED_BYTES = 12;

export interface UnpackedRecord {
  /** Parsed JSON, as written by the same version. */
  readonly head: unknown;
  /** Views into the record, not copies. */
  readonly parts: readonly Uint8Array[];
}

const encoder = new TextEncoder();
// The byte order mark is a character of the program's output like any other; dropping it would change what was stored.
const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** The returned array owns its whole buffer, so that it can be transferred to another thread. */
export function packRecord(head: unknown, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const headBytes = encoder.encode(JSON.stringify(head));
  const dataStart = FIXED_BYTES + 4 * parts.length;
  const partBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const record = new Uint8Array(dataStart + headBytes.byteLength + partBytes);
  const view = new DataView(record.buffer);
  view.setUint32(0, MAGIC_AND_VERSION, true);
  view.setUint32(4, headBytes.byteLength, true);
  view.setUint32(8, parts.length, true);
  record.set(headBytes, dataStart);
  let offset = dataStart + headBytes.byteLength;
  for (const [index, part] of parts.entries()) {
    view.setUint32(FIXED_BYTES + 4 * index, part.byteLength, true);
    record.set(part, offset);
    offset += part.byteLength;
  }
  return record;
}

/** Throws `store-failed` when the bytes are not a whole record of this version. */
export function unpackRecord(record: Uint8Array): UnpackedRecord {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (record.byteLength < FIXED_BYTES || view.getUint32(0, true) !== MAGIC_AND_VERSION)
    throw damaged('it does not begin with the mark of version 1');
  const headLength = view.getUint32(4, true);
  const count = view.getUint32(8, true);
  const dataStart = FIXED_BYTES + 4 * count;
  if (dataStart > record.byteLength) throw damaged('it is cut off');
  let offset = dataStart + headLength;
  const parts = Array.from({length: count}, (_, index) => {
    const start = offset;
    offset += view.getUint32(FIXED_BYTES + 4 * index, true);
    return record.subarray(start, offset);
  });
  if (offset !== record.byteLength) throw damaged('its length differs from what it declares');
  return {head: parseHead(record.subarray(dataStart, dataStart + headLength)), parts};
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Throws `store-failed` when the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw damaged('a text in it is not UTF-8', error);
  }
}

function parseHead(bytes: Uint8Array): unknown {
  const text = decodeText(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged('its head is not JSON', error);
  }
}

function damaged(problem: string, cause?: unknown): SandglassError {
  return new SandglassError(
    'store-failed',
    `Cannot read a stored record: ${problem}. The database is damaged; restore it from a backup.`,
    {cause},
  );
}
