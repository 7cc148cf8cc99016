import {randomUUID} from 'node:crypto';

/** Form of a run or batch id; what does not fit is refused before the store is asked. */
export const ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

/**
 * A UUID of version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random. Ids sort by age, which keeps the
 * store's index compact, and 74 random bits cannot be guessed.
 */
export function newId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  // randomUUID draws from a buffer of random bytes and is many times faster than asking for fresh ones.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
