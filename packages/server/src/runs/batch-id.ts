import {createHash} from 'node:crypto';

/** Id of a batch. It follows from the first run, so that a repeated request finds its batch by its runs (a UUID of version 8, RFC 9562). */
export function batchIdOf(runIds: readonly string[]): string {
  const hex = createHash('sha256').update(`batch ${runIds[0]}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
