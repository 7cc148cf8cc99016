import {createHash, timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import {SandglassError} from '@sandglass/protocol';

/** The header that carries the shared secret from API processes to workers. Never sent to clients and never taken from them. */
export const SECRET_HEADER = 'x-sandglass-secret';
export const MIN_SECRET_CHARACTERS = 32;

/** Throws `unauthorized` unless the request comes from a process that has the secret. */
export function demandSecret(headers: IncomingHttpHeaders, secret: string): void {
  const given = headers[SECRET_HEADER];
  // Hashes have one length, so comparing them tells nothing about the secret's.
  if (typeof given === 'string' && timingSafeEqual(digest(given), digest(secret))) return;
  throw new SandglassError(
    'unauthorized',
    'Cannot answer: workers answer API processes of their own installation only. Ask an API process.',
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
