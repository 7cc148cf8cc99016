import {isIPv4} from 'node:net';

/** Addresses of a name; null for a name that is not there. */
export type Zone = (name: string, type: 'A' | 'AAAA') => readonly string[] | null;

const HEADER_BYTES = 12;

/** The name that a query asks for, in lower case. */
export function nameIn(query: Buffer): string {
  return readQuestion(query).name;
}

/** Where a query's question ends; what follows is not part of an answer. */
export function questionEnd(query: Buffer): number {
  return readQuestion(query).end;
}

/** The answer to a query as RFC 1035 has it; null for what is no query. */
export function answerQuery(query: Buffer, zone: Zone): Buffer | null {
  const {name, end} = readQuestion(query);
  if (query.length < end) return null;
  const type = query.readUInt16BE(end - 4) === 28 ? 'AAAA' : 'A';
  const found = zone(name, type);
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(found === null ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(found?.length ?? 0, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...(found ?? []).map(record)]);
}

function readQuestion(query: Buffer): {name: string; end: number} {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return {name: labels.join('.').toLowerCase(), end: at + 5};
}

function record(address: string): Buffer {
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : sixBytes(address);
  const head = Buffer.from([
    0xc0,
    HEADER_BYTES,
    0,
    bytes.length === 4 ? 1 : 28,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    bytes.length,
  ]);
  return Buffer.concat([head, bytes]);
}

function sixBytes(address: string): Buffer {
  // The URL parser writes out what may end in an IPv4 address.
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = '', right = ''] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = plain.includes('::') ? 8 - groups(left).length - groups(right).length : 0;
  const all = [...groups(left), ...Array<string>(missing).fill('0'), ...groups(right)];
  return Buffer.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}
