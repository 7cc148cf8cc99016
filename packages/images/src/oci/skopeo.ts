import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {diskFull, refused, unavailable} from '../refusal.ts';

export interface RegistryAccess {
  /** File with credentials as `skopeo login` and `docker login` write it; null for those of the user who runs this. Never read or shown by us. */
  readonly authFile: string | null;
  /** Speak HTTP, or HTTPS with a certificate that nobody vouches for. */
  readonly insecure: boolean;
}

export interface SkopeoOptions {
  readonly verb: 'inspect' | 'copy';
  readonly prefix?: '' | 'src-';
  /** For its temporary files; it leaves them there when it is stopped. */
  readonly folder: string;
  /** Ends it at once; its reason is thrown. */
  readonly signal: AbortSignal;
}

const KEPT_BYTES = 16 * 1024;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** What setpriv(1) ends with when there is no such program. */
const NO_SUCH_PROGRAM = 127;

/**
 * Runs skopeo(1) and returns what it prints. It ends before this does, and with this process however that ends. Throws `image-unavailable` when it is not
 * installed or fails, with its own last words. Credentials are only ever named by the file that holds them: arguments can be read by every user of the
 * machine.
 */
export async function runSkopeo(
  args: readonly string[],
  {authFile, insecure}: RegistryAccess,
  {verb, prefix = '', folder, signal}: SkopeoOptions,
): Promise<Buffer> {
  const options = [
    ...(authFile === null ? [] : [`--${verb === 'copy' ? 'src-' : ''}authfile`, authFile]),
    ...(insecure ? [`--${prefix}tls-verify=false`] : []),
  ];
  signal.throwIfAborted();
  const skopeo = ['skopeo', '--tmpdir', folder, '--override-os', 'linux', '--insecure-policy', verb];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...skopeo, ...options, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  const out: Buffer[] = [];
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    bytes += data.length;
    if (bytes <= MAX_ANSWER_BYTES) out.push(data);
    else kill();
  });
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString('utf8')).slice(-KEPT_BYTES);
  });
  let code: unknown;
  try {
    [code] = await once(child, 'close');
  } catch (cause) {
    throw unavailable(
      'Cannot start setpriv, which comes with util-linux: apt-get install util-linux.',
      cause,
    );
  } finally {
    signal.removeEventListener('abort', kill);
  }
  signal.throwIfAborted();
  if (bytes > MAX_ANSWER_BYTES)
    throw refused('Cannot take the image: the answer about it is longer than 8 MiB.');
  if (code === 0) return Buffer.concat(out);
  if (code === NO_SUCH_PROGRAM)
    throw unavailable(
      'Cannot start skopeo, which talks to registries and reads archives. Install it: apt-get install skopeo.',
    );
  if (/no space left on device|disk quota exceeded/i.test(said)) throw diskFull(folder, new Error(said));
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
