import {refused} from '../refusal.ts';

/** The keywords of a pax header that mean something to us; owners, times and extended attributes are left behind. */
export interface PaxRecords {
  readonly path?: Buffer;
  readonly linkpath?: Buffer;
  readonly size?: number;
}

/** Reads `length keyword=value\n` records (POSIX pax). Throws `image-refused` for malformed or sparse ones. */
export function readPaxRecords(data: Buffer): PaxRecords {
  const records: {path?: Buffer; linkpath?: Buffer; size?: number} = {};
  for (let at = 0; at < data.length; ) {
    const blank = data.indexOf(0x20, at);
    const digits = data.toString('latin1', at, Math.max(at, blank));
    const length = Number(digits);
    const end = at + length;
    if (blank < 0 || !/^[1-9]\d{0,8}$/.test(digits) || end > data.length || data[end - 1] !== 0x0a)
      throw malformed();
    const equals = data.indexOf(0x3d, blank);
    if (equals < 0 || equals >= end) throw malformed();
    const keyword = data.toString('latin1', blank + 1, equals);
    const value = Buffer.from(data.subarray(equals + 1, end - 1));
    if (keyword === 'path') records.path = value;
    else if (keyword === 'linkpath') records.linkpath = value;
    else if (keyword === 'size') records.size = readSize(value);
    else if (keyword.startsWith('GNU.sparse.'))
      throw refused('Cannot read the archive: it has sparse files, which are not taken.');
    at = end;
  }
  return records;
}

function readSize(value: Buffer): number {
  const digits = value.toString('latin1');
  if (!/^\d{1,15}$/.test(digits)) throw malformed();
  return Number(digits);
}

function malformed() {
  return refused('Cannot read the archive: an extended header is malformed.');
}
