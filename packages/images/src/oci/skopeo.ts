import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {refused, unavailable} from '../refusal.ts';

export interface RegistryAccess {
  /** File with credentials as `skopeo login` and `docker login` write it; null for those of the user who runs this. Never read or shown by us. */
  readonly authFile: string | null;
  /** Speak HTTP, or HTTPS with a certificate that nobody vouches for. */
  readonly insecure: boolean;
}

const KEPT_BYTES = 16 * 1024;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Runs skopeo(1) and returns what it prints. Throws `image-unavailable` when it is not installed or fails, with its own last words. Credentials
 * are only ever named by the file that holds them: arguments can be read by every user of the machine.
 */
export async function runSkopeo(
  args: readonly string[],
  {authFile, insecure}: RegistryAccess,
  {
    verb,
    prefix = '',
    signal,
  }: {
    readonly verb: 'inspect' | 'copy';
    readonly prefix?: '' | 'src-';
    readonly signal: AbortSignal | undefined;
  },
): Promise<Buffer> {
  const options = [
    ...(authFile === null ? [] : [`--${verb === 'copy' ? 'src-' : ''}authfile`, authFile]),
    ...(insecure ? [`--${prefix}tls-verify=false`] : []),
  ];
  signal?.throwIfAborted();
  const child = spawn('skopeo', ['--override-os', 'linux', '--insecure-policy', verb, ...options, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : {signal}),
  });
  const out: Buffer[] = [];
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    bytes += data.length;
    if (bytes <= MAX_ANSWER_BYTES) out.push(data);
    else child.kill();
  });
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString('utf8')).slice(-KEPT_BYTES);
  });
  let code: unknown;
  try {
    [code] = await once(child, 'close');
  } catch (cause) {
    signal?.throwIfAborted();
    throw unavailable(
      'Cannot start skopeo, which talks to registries and reads archives. Install it: apt-get install skopeo.',
      cause,
    );
  }
  if (bytes > MAX_ANSWER_BYTES)
    throw refused('Cannot take the image: the answer about it is longer than 8 MiB.');
  if (code === 0) return Buffer.concat(out);
  throw unavailable(`Cannot ${verb} the image: ${lastLine(said)}`);
}

/** skopeo ends with one line that has a level, a time and the message. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line;
  return (
    message
      .replaceAll('\\"', '"')
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, 1000) || 'skopeo failed without a word.'
  );
}
