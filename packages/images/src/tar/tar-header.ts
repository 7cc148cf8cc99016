import {refused} from '../refusal.ts';

export const BLOCK_BYTES = 512;

/** One header block as it stands (POSIX ustar, GNU tar); `null` for a block of zeros. */
export interface TarHeader {
  readonly type: string;
  readonly name: Buffer;
  readonly linkName: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly modifiedAtS: number;
}

/** Throws `image-refused` for a block that is no header or whose checksum is wrong. */
export function readHeader(block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null;
  if (readNumber(block, 148, 8) !== checksum(block))
    throw refused(
      'Cannot read the archive: an entry’s checksum is wrong, so this is no tar or it is damaged.',
    );
  const name = text(block, 0, 100);
  // GNU tar's older format has other things where ustar has the prefix.
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(block, 345, 155) : Buffer.alloc(0);
  return {
    type: String.fromCharCode(block.readUInt8(156)),
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkName: text(block, 157, 100),
    mode: readNumber(block, 100, 8),
    size: readNumber(block, 124, 12),
    modifiedAtS: readNumber(block, 136, 12),
  };
}

/** The sum of all bytes, the checksum's own field taken as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum;
}

function text(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 for large values, whose first bit is set. */
function readNumber(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if ((field.readUInt8(0) & 0x80) !== 0) return readBase256(field);
  const digits = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw refused('Cannot read the archive: a number in a header is not octal.');
  return Number.parseInt(digits, 8);
}

function readBase256(field: Buffer): number {
  // Negative numbers begin with 0xff; only times before 1970 are, and those count as 1970.
  if ((field.readUInt8(0) & 0x40) !== 0) return 0;
  let value = field.readUInt8(0) & 0x3f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value))
    throw refused('Cannot read the archive: a number in a header is too large.');
  return value;
}
