import type {Socket} from 'node:net';
import {SandglassError} from '@sandglass/protocol';
import {PROBLEM_TYPE, toProblem} from './problem.ts';

/** Answers what is no HTTP request at all; Node has no request object for it, so the answer is written to the socket. */
export function answerClientError(error: Error & {readonly code?: string}, socket: Socket): void {
  // A closed or already answering connection cannot take another answer.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem = toProblem(describe(error.code));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.code}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`);
}

function describe(code: string | undefined): SandglassError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new SandglassError(
        'headers-too-large',
        'Cannot read the request: its header fields are larger than 16 KiB.',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new SandglassError(
        'request-timeout',
        'Cannot read the request: it did not arrive completely in time.',
      );
    default:
      return new SandglassError('invalid-request', 'Cannot read the request: it is not valid HTTP/1.1.');
  }
}
