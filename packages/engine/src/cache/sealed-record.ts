import {createHash} from 'node:crypto';

/** Changes with the layout, so that records of another version are simply not found valid. */
const MAGIC = Buffer.from('SGcache1');
const DIGEST_BYTES = 32;
const HEADER_BYTES = MAGIC.length + DIGEST_BYTES;

/** Puts a checksum over key and content before the content; the parts are not copied. */
export function seal(key: string, content: readonly Uint8Array[]): Uint8Array[] {
  return [MAGIC, digest(key, content), ...content];
}

/** The content of a sealed record, or null when it is cut, changed, of another version or stored under another key. */
export function unseal(key: string, record: Buffer): Buffer | null {
  if (record.length < HEADER_BYTES || !record.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const content = record.subarray(HEADER_BYTES);
  return digest(key, [content]).equals(record.subarray(MAGIC.length, HEADER_BYTES)) ? content : null;
}

function digest(key: string, content: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(key);
  for (const part of content) hash.update(part);
  return hash.digest();
}
