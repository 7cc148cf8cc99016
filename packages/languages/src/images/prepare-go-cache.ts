/**
 * Go 1.20 and later come without a compiled standard library: each build in a fresh sandbox would compile fmt and all below it, some
 * seven seconds of work for a hello. So the library is compiled once for each Go that is found, in a folder of ours, and sandboxes
 * read it. Only Go's own sources take part, so this needs no sandbox. Older Go brings the library along.
 */
import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, realpathSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {fileIdentity} from '../probe/file-identity.ts';

const run = promisify(execFile);

export interface GoCacheOptions {
  /** Folder of ours that keeps the compiled library; created when missing. */
  readonly folder: string;
  /** The go program. Default: /usr/bin/go. */
  readonly program?: string;
  /** Called once when there is work to do, which takes about half a minute on two cores. */
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Ten times what two slow cores need. */
const BUILD_TIMEOUT_MS = 600_000;

/**
 * The folder with the compiled standard library of this host's Go; null when there is no Go, when it needs none, or when compiling failed
 * (said through `onProgress`): Go then works all the same, only slower. Throws only when aborted.
 */
export async function prepareGoCache(options: GoCacheOptions): Promise<string | null> {
  const program = realPath(options.program ?? '/usr/bin/go');
  const identity = program === null ? null : fileIdentity(program);
  if (program === null || identity === null || hasCompiledLibrary(program)) return null;
  const name = createHash('sha256').update(identity).digest('hex').slice(0, 32);
  const finished = join(options.folder, name);
  if (existsSync(finished)) return finished;
  try {
    await compileLibrary(program, finished, options);
    return finished;
  } catch (error) {
    options.signal?.throwIfAborted();
    options.onProgress(
      `Could not compile Go's standard library ahead of time, so Go builds take longer: ${error}`,
    );
    return null;
  }
}

async function compileLibrary(
  program: string,
  finished: string,
  {folder, onProgress, signal}: GoCacheOptions,
) {
  onProgress("Compiling Go's standard library once, so that later builds take a fraction of a second.");
  await mkdir(folder, {recursive: true, mode: 0o755});
  const draft = await mkdtemp(join(folder, 'draft-'));
  try {
    // Sandboxes read the result under other user ids, whatever mask this process was started with; and it can wait for others.
    await run('/bin/sh', ['-c', 'umask 022 && exec nice "$@"', 'go-library', program, 'build', 'std'], {
      cwd: draft,
      env: {
        PATH: '/usr/bin:/bin',
        GOCACHE: join(draft, 'cache'),
        GOPATH: join(draft, 'path'),
        HOME: draft,
        ...OFFLINE,
      },
      timeout: BUILD_TIMEOUT_MS,
      signal,
    });
    await removeOthers(folder, draft);
    // Renamed when it is complete: a folder of this name is never half a library.
    await rename(join(draft, 'cache'), finished);
  } finally {
    await rm(draft, {recursive: true, force: true});
  }
}

const OFFLINE = {GOENV: 'off', GOPROXY: 'off', GOTOOLCHAIN: 'local', GOTELEMETRY: 'off', GOWORK: 'off'};

/** Libraries of a Go that was replaced, and drafts of starts that were cut off, are of no use to anyone. */
async function removeOthers(folder: string, draft: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path !== draft) await rm(path, {recursive: true, force: true});
  }
}

function hasCompiledLibrary(program: string): boolean {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return existsSync(join(dirname(dirname(program)), 'pkg', `linux_${architecture}`, 'fmt.a'));
}

function realPath(path: string): string | null {
  return existsSync(path) ? realpathSync(path) : null;
}
