import {createHash} from 'node:crypto';

/**
 * SHA-256 over a sequence of parts, as 64 hexadecimal digits. Each part's length goes in before it, so that no two different
 * sequences look the same. Order counts.
 */
export function contentKey(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  const length = Buffer.alloc(8);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    length.writeBigUInt64LE(BigInt(bytes.length));
    hash.update(length);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
