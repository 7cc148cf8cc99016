import {execFile} from 'node:child_process';
import {mkdir, mkdtemp, readdir, rename, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';
import type {GuestKernel} from './guest-files.ts';

/** Debian's name for "the current kernel for virtual machines"; it depends on the package that has it. */
const META_PACKAGE = 'linux-image-cloud-amd64';

/** 30 MB from a mirror that may be far away. */
const FETCHED_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const ENV = {PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C'};

/**
 * Debian's kernel for virtual machines, unpacked below `folder`; nothing is installed. The newest that was fetched before is used when
 * the mirror cannot be asked. Throws `isolation-unavailable`.
 */
export async function debianKernel(options: {
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}): Promise<GuestKernel> {
  await mkdir(options.folder, {recursive: true, mode: 0o700});
  try {
    const packageName = await currentPackage(options.signal);
    const place = join(options.folder, packageName);
    const isThere = await stat(place).then(
      () => true,
      () => false,
    );
    if (!isThere) await fetchPackage(packageName, place, options);
    return await kernelIn(place);
  } catch (error) {
    options.signal?.throwIfAborted();
    const [newest] = (await readdir(options.folder))
      .filter((name) => name.startsWith('linux-image-'))
      .sort(byVersion);
    if (newest !== undefined) return await kernelIn(join(options.folder, newest));
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot fetch Debian's kernel for microVMs: ${String(error)}. Run "apt-get update" as root and try again, or name a kernel and the folder of its modules.`,
      {cause: error},
    );
  }
}

async function currentPackage(signal: AbortSignal | undefined): Promise<string> {
  const {stdout} = await run('apt-cache', ['depends', META_PACKAGE], {signal});
  const name = /Depends: (linux-image-[0-9][0-9A-Za-z.+~-]*)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`apt-cache knows no package behind ${META_PACKAGE}`);
  return name;
}

async function fetchPackage(
  packageName: string,
  place: string,
  options: {readonly folder: string; readonly signal: AbortSignal | undefined},
): Promise<void> {
  const unfinished = await mkdtemp(join(options.folder, '.new-'));
  try {
    // Apt checks the package against the signed lists of its archive.
    await run('apt-get', ['download', packageName], {cwd: unfinished, signal: options.signal});
    const archive = (await readdir(unfinished)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get download ${packageName} left no package`);
    const tree = join(unfinished, 'tree');
    await run('dpkg-deb', ['--extract', join(unfinished, archive), tree], {signal: options.signal});
    await kernelIn(tree);
    await rename(tree, place).catch(async (error: unknown) => {
      // Another worker was faster; its files are the same.
      await kernelIn(place).catch(() => {
        throw error;
      });
    });
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}

/** The kernel of an unpacked package; in merged-usr ones modules are below /usr. */
export async function kernelIn(tree: string): Promise<GuestKernel> {
  const image = (await readdir(join(tree, 'boot'))).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`there is no boot/vmlinuz-* in ${tree}`);
  const release = image.slice('vmlinuz-'.length);
  for (const modulesPath of [join(tree, 'lib/modules', release), join(tree, 'usr/lib/modules', release)])
    if ((await stat(modulesPath).catch(() => null)) !== null)
      return {imagePath: join(tree, 'boot', image), modulesPath};
  throw new Error(`there are no modules of ${release} in ${tree}`);
}

async function run(
  program: string,
  args: readonly string[],
  options: {readonly cwd?: string; readonly signal: AbortSignal | undefined},
): Promise<{readonly stdout: string}> {
  const {signal, ...rest} = options;
  return await promisify(execFile)(program, [...args], {
    env: ENV,
    timeout: FETCHED_WITHIN_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    ...rest,
    ...(signal === undefined ? {} : {signal}),
  });
}

/** Newest first: numbers in names count as numbers. */
function byVersion(first: string, second: string): number {
  return second.localeCompare(first, 'en', {numeric: true});
}
