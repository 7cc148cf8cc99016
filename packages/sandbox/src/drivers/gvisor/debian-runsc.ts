import {execFile} from 'node:child_process';
import {access, mkdir, mkdtemp, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';

/** Debian 13: its runsc is of 2024, is linked statically and so runs on older releases, and knows the platform systrap. */
const SUITE = 'trixie';
const MIRROR = 'http://deb.debian.org/debian';

/** From the package debian-archive-keyring, which every Debian has. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** 25 MB of package lists and program, from a mirror that may be far away. */
const FETCHED_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const ENV = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C'};
const PROGRAM = 'usr/bin/runsc';

/** A `runsc` that was fetched. */
export interface FetchedRunsc {
  readonly path: string;
  /** Of Debian's package. */
  readonly version: string;
}

/** Where `sandglass gvisor fetch` keeps it, below a data folder. */
export function gvisorFolder(dataDir: string): string {
  return join(dataDir, 'gvisor');
}

/** The newest that {@link fetchRunsc} put into `folder`; null for none. */
export async function fetchedRunsc(folder: string): Promise<FetchedRunsc | null> {
  // Nothing was ever fetched: there is no such folder.
  const names = await readdir(folder).catch((): string[] => []);
  const [version] = names.filter((name) => /^\d/.test(name)).sort(byVersion);
  return version === undefined ? null : {path: join(folder, version, PROGRAM), version};
}

/**
 * Fetches gVisor's program of a newer Debian into `folder`; nothing is installed, and the sources and lists of this machine's packages stay as they are: apt works
 * in folders of its own, which are removed. Apt checks lists and package against Debian's signatures. A version that is there is not fetched again.
 * Throws `isolation-unavailable`, and `invalid-request` for what is no suite or mirror.
 */
export async function fetchRunsc(options: {
  readonly folder: string;
  /** Default `trixie`. */
  readonly suite?: string;
  /** Default `http://deb.debian.org/debian`. */
  readonly mirror?: string;
  readonly signal: AbortSignal | undefined;
}): Promise<FetchedRunsc> {
  const {folder, signal, suite = SUITE, mirror = MIRROR} = options;
  checkSource(suite, mirror);
  try {
    await access(KEYRING);
    await mkdir(folder, {recursive: true, mode: 0o700});
    const unfinished = await mkdtemp(join(folder, '.new-'));
    try {
      return await fetchInto(folder, {
        unfinished,
        signal,
        source: `deb [signed-by=${KEYRING}] ${mirror} ${suite} main`,
      });
    } finally {
      await rm(unfinished, {recursive: true, force: true});
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot fetch gVisor's runsc of Debian ${suite} from ${mirror}: ${reasonOf(error)} It needs apt, dpkg-deb and ${KEYRING}. Fetch a release from https://gvisor.dev yourself and name it with isolation.gvisor.runsc, or try again.`,
      {cause: error},
    );
  }
}

/** Both become part of a line that apt reads. */
function checkSource(suite: string, mirror: string): void {
  const url = URL.parse(mirror);
  const isMirror = url !== null && ['http:', 'https:'].includes(url.protocol) && !/[\s[\]]/.test(mirror);
  if (isMirror && /^[a-z][a-z0-9-]{0,39}$/.test(suite)) return;
  throw new SandglassError(
    'invalid-request',
    `Cannot fetch gVisor of the suite ${JSON.stringify(suite.slice(0, 60))} from ${JSON.stringify(mirror.slice(0, 100))}: give a name such as "trixie" and an http or https address.`,
  );
}

async function fetchInto(
  folder: string,
  {
    unfinished,
    source,
    signal,
  }: {readonly unfinished: string; readonly source: string; readonly signal: AbortSignal | undefined},
): Promise<FetchedRunsc> {
  const apt = await privateApt(unfinished, source);
  await run('apt-get', [...apt, 'update'], {signal});
  await run('apt-get', [...apt, 'download', 'runsc'], {cwd: unfinished, signal});
  const archive = (await readdir(unfinished)).find((name) => name.endsWith('.deb'));
  // runsc_VERSION_ARCHITECTURE.deb, where apt writes a colon of the version as %3a.
  const version = archive?.split('_')[1];
  if (archive === undefined || version === undefined) throw new Error('apt-get download left no package.');
  const found = {path: join(folder, version, PROGRAM), version};
  const tree = join(unfinished, 'tree');
  await run('dpkg-deb', ['--extract', join(unfinished, archive), tree], {signal});
  await run(join(tree, PROGRAM), ['--version'], {signal});
  await rename(tree, join(folder, version)).catch(async (error: unknown) => {
    // It was there, or another process was faster; its files are the same.
    await access(found.path).catch(() => {
      throw error;
    });
  });
  return found;
}

/** Options for an apt whose sources, lists and archives are below `folder`, with the proxies and credentials of the machine's. */
async function privateApt(folder: string, source: string): Promise<string[]> {
  const at = (name: string): string => join(folder, 'apt', name);
  for (const name of ['lists/partial', 'archives/partial']) await mkdir(at(name), {recursive: true});
  await writeFile(at('sources.list'), `${source}\n`);
  await writeFile(at('status'), '');
  const settings = {
    'Dir::Etc::SourceList': at('sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State::Lists': at('lists'),
    'Dir::State::Status': at('status'),
    'Dir::Cache': at('.'),
    'Dir::Cache::Archives': at('archives'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    // The folder is nobody else's, so apt's own user could not write to it.
    'APT::Sandbox::User': '',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function run(
  program: string,
  args: readonly string[],
  options: {readonly cwd?: string; readonly signal: AbortSignal | undefined},
): Promise<void> {
  const {signal, ...rest} = options;
  await promisify(execFile)(program, [...args], {
    env: ENV,
    timeout: FETCHED_WITHIN_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    ...rest,
    ...(signal === undefined ? {} : {signal}),
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== '')
    return error.stderr.trim().split('\n').slice(-3).join(' ');
  return error instanceof Error ? error.message : String(error);
}

/** Newest first: numbers in versions count as numbers. */
function byVersion(first: string, second: string): number {
  return second.localeCompare(first, 'en', {numeric: true});
}
