import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {diskFull, unavailable} from '../refusal.ts';
import {LowestSpace} from './lowest-space.ts';

export interface MmdebstrapOptions {
  readonly suite: string;
  readonly mirror: string;
  readonly packages: readonly string[];
  /** A file of apt preferences to hold versions by, or null. */
  readonly preferences: string | null;
  readonly sourceDateEpoch: number;
  /** For its temporary files. */
  readonly folder: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Suites that get no updates beside themselves. */
const ROLLING = ['sid', 'unstable', 'testing'];
const KEPT_LINES = 6;
/** Less room than the smallest step of a build takes. */
const NO_SPACE_BYTES = 1024 * 1024;
/** What its programs call a full disk when they say so; apt has a word of its own for the file that it writes first. */
const NO_SPACE_WORDS = /No space left on device|Disk quota exceeded|IO Error saving source cache/;

/**
 * Runs mmdebstrap(1) and hands its archive to `take` as it comes. As root it runs in mount and process namespaces of its own, which end with it:
 * whatever ends this process, nothing stays mounted and nothing goes on. Throws `image-unavailable` when it is missing or fails, with its last words, or
 * when the disk became full.
 */
export async function withMmdebstrap(
  options: MmdebstrapOptions,
  take: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const {signal, folder, sourceDateEpoch, onLine} = options;
  const isRoot = process.geteuid?.() === 0;
  const confined = [
    '--pdeathsig',
    'KILL',
    ...(isRoot ? ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'] : []),
  ];
  const child = spawn('setpriv', [...confined, 'mmdebstrap', ...mmdebstrapArguments(options, isRoot)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      TMPDIR: folder,
      SOURCE_DATE_EPOCH: String(sourceDateEpoch),
    },
    ...(signal === undefined ? {} : {signal, killSignal: 'SIGKILL' as const}),
  });
  using space = new LowestSpace(folder);
  const lines: string[] = [];
  createInterface({input: child.stderr}).on('line', (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine(line);
  });
  const ended = once(child, 'close');
  // Looked at below, after the archive has been read.
  ended.catch(() => undefined);
  let failure: unknown = null;
  try {
    await take(child.stdout);
  } catch (error) {
    failure = error;
    child.kill('SIGKILL');
  }
  const code = await ended.then(
    ([exitCode]) => Number(exitCode ?? 1),
    () => 1,
  );
  signal?.throwIfAborted();
  // An archive that ends early is what its end looks like from here; its own words say more.
  const ownWords = lines.filter((line) => !line.startsWith('I: ')).join(' | ');
  // Not each of its programs says it, and not each look at the disk comes in time.
  const isFull = space.bytes < NO_SPACE_BYTES || NO_SPACE_WORDS.test(ownWords);
  if (code !== 0 && isFull) throw diskFull(folder, failure);
  if (code !== 0 && (failure === null || ownWords !== ''))
    throw unavailable(
      `Cannot build from Debian packages: mmdebstrap failed${ownWords === '' ? '; is it installed? Type: apt-get install mmdebstrap' : `: ${ownWords.slice(0, 1500)}`}.`,
      failure,
    );
  if (failure !== null) throw failure;
}

function mmdebstrapArguments(
  {suite, mirror, packages, preferences}: MmdebstrapOptions,
  isRoot: boolean,
): string[] {
  return [
    `--mode=${isRoot ? 'root' : 'unshare'}`,
    '--variant=essential',
    '--format=tar',
    `--include=${packages.join(',')}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "3"',
    '--skip=output/dev',
    // Maintainer scripts of Java's packages register manual pages and stop when there is no place for them.
    '--setup-hook=mkdir -p "$1/usr/share/man/man1"',
    ...(preferences === null ? [] : [`--setup-hook=copy-in ${preferences} /etc/apt/preferences.d`]),
    suite,
    '-',
    ...sources(suite, mirror),
  ];
}

/** Security updates have a place of their own, beside each mirror of Debian. */
function sources(suite: string, mirror: string): string[] {
  if (ROLLING.includes(suite)) return [`deb ${mirror} ${suite} main`];
  return [
    `deb ${mirror} ${suite} main`,
    `deb ${mirror} ${suite}-updates main`,
    `deb ${mirror.replace(/\/$/, '')}-security ${suite}-security main`,
  ];
}
