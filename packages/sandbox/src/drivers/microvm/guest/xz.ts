import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {SandglassError} from '@sandglass/protocol';

/** Unpacks xz data with the program of that name: Node has no decoder, and it is used once per kernel, when a guest is put together. */
export async function unpackXz(packed: Uint8Array, maxBytes: number): Promise<Buffer> {
  const child = spawn('xz', ['--decompress', '--stdout', '--single-stream'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {PATH: '/usr/local/bin:/usr/bin:/bin'},
  });
  // It may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => {});
  child.stdin.end(packed);
  const ended = once(child, 'close');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Error(`it unpacks to more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const [exitCode] = (await ended) as [number | null];
    if (exitCode !== 0) throw new Error(`xz ended with exit code ${exitCode}`);
    return Buffer.concat(chunks);
  } catch (error) {
    child.kill('SIGKILL');
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot unpack xz data of a guest kernel: ${String(error)}. The program comes with "apt-get install xz-utils".`,
      {cause: error},
    );
  }
}
