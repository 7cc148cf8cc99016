import {randomUUID} from 'node:crypto';

/** A UUID of version 7 (RFC 9562 section 5.7): sorts by time, and its 74 random bits cannot be guessed. */
export function uuidv7(nowMs = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
