import type {Duplex} from 'node:stream';
import {toKnownError} from './known-error.ts';
import {PROBLEM_TYPE, retryAfterSeconds, toProblem} from './problem.ts';

/** Answers a WebSocket handshake over HTTP, with the problem in its body, and closes. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const known = toKnownError(error);
  const problem = toProblem(known);
  const body = JSON.stringify(problem);
  const retryAfter = retryAfterSeconds(known);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfter === null ? [] : [`Retry-After: ${retryAfter}`]),
    'Connection: close',
  ].join('\r\n');
  // A client that keeps its half open must not keep the connection.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\n\r\n${body}`);
}
