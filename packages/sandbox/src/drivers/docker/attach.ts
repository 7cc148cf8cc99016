import {request} from 'node:http';
import type {Duplex} from 'node:stream';
import {SandglassError} from '@sandglass/protocol';
import {AttachedStream} from './attached-stream.ts';

const QUERY = new URLSearchParams({stream: '1', stdin: '1', stdout: '1', stderr: '1'});
const REFUSAL_BYTES = 1024;

/**
 * Attaches to a container's stdin, stdout and stderr: the connection becomes the stream. dockerode's own way sends a body, or the end of one, which
 * Podman's daemon takes for the first bytes of stdin. The caller owns the stream. Throws what the connection throws, `isolation-failed` with what a
 * daemon says that refuses.
 */
export async function attach(socketPath: string, containerId: string): Promise<AttachedStream> {
  const asked = request({
    socketPath,
    method: 'POST',
    path: `/containers/${encodeURIComponent(containerId)}/attach?${QUERY}`,
    headers: {Host: 'docker', Connection: 'Upgrade', Upgrade: 'tcp', 'Content-Length': 0},
  });
  return await new Promise((resolve, reject) => {
    asked.once('error', reject);
    asked.once('upgrade', (_response, connection: Duplex, head: Buffer) => {
      if (head.length > 0) connection.unshift(head);
      resolve(new AttachedStream(connection));
    });
    asked.once('response', (response) => {
      let words = '';
      response.on('data', (chunk: Buffer) => {
        words = (words + chunk.toString()).slice(0, REFUSAL_BYTES);
      });
      response.once('close', () => reject(refused(response.statusCode ?? 0, words)));
    });
    asked.end();
  });
}

function refused(status: number, words: string): SandglassError {
  return new SandglassError(
    'isolation-failed',
    `Cannot create a sandbox: the daemon answers ${status} to being attached to a container: ${words.trim()}`,
  );
}
