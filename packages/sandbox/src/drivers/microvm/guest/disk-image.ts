import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {access, chmod, cp, mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';
import type {ImageEntry} from '../../../image.ts';
import {fileIdentity} from '../file-identity.ts';
import type {MicrovmImage} from '../microvm-driver-options.ts';

/** 760 MB take three seconds. */
const MADE_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

type TreeImage = Extract<MicrovmImage, {readonly tree: unknown}>;
type Bind = Extract<ImageEntry, {readonly kind: 'bind'}>;

/** The disk of an image: the file that was named, or an erofs image below `folder`, made when it is not there yet. */
export async function diskOf(image: MicrovmImage, folder: string): Promise<string> {
  if ('path' in image) return image.path;
  const extras = bindsBeside(image);
  const path = await diskPath(image, folder);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeDisk(image, {extras, path, folder});
  return path;
}

/** Where its disk is, or will be. */
export async function diskPath(image: TreeImage, folder: string): Promise<string> {
  return join(folder, `${await identityOf(image, bindsBeside(image))}.erofs`);
}

/** What the image takes from the host besides its own tree. */
function bindsBeside({tree, entries = []}: TreeImage): readonly Bind[] {
  return entries.filter(
    (entry): entry is Bind => entry.kind === 'bind' && !entry.source.startsWith(`${tree.rootDir}/`),
  );
}

async function identityOf({tree}: TreeImage, extras: readonly Bind[]): Promise<string> {
  const parts = await Promise.all(
    extras.map(async ({source, target}) => [await fileIdentity(source), target]),
  );
  return createHash('sha256')
    .update(JSON.stringify([tree.digest, parts]))
    .digest('hex')
    .slice(0, 32);
}

/**
 * Writes an erofs image of a folder: read-only by construction, everything in it root's, the same bytes for the same files. Not compressed:
 * without KVM, unpacking costs a guest more than reading.
 */
async function makeDisk(
  {tree}: TreeImage,
  {extras, path, folder}: {readonly extras: readonly Bind[]; readonly path: string; readonly folder: string},
): Promise<void> {
  await mkdir(folder, {recursive: true, mode: 0o700});
  const unfinished = await mkdtemp(join(folder, '.new-'));
  const file = join(unfinished, 'disk');
  try {
    const root = extras.length === 0 ? tree.rootDir : await putTogether(tree.rootDir, extras, unfinished);
    await run('mkfs.erofs', ['--quiet', '--all-root', '-T0', file, root]);
    await chmod(file, 0o644);
    await rename(file, path);
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot make a disk for microVMs of ${tree.rootDir}: ${String(error)}. mkfs.erofs comes with "apt-get install erofs-utils".`,
      {cause: error},
    );
  } finally {
    await rm(unfinished, {recursive: true, force: true});
  }
}

/** A folder with the tree's files, as links to them where that can be, and the extras at their places. */
async function putTogether(rootDir: string, extras: readonly Bind[], folder: string): Promise<string> {
  const root = join(folder, 'root');
  await run('cp', ['--archive', '--link', rootDir, root]).catch(async () => {
    // Another file system.
    await rm(root, {recursive: true, force: true});
    await run('cp', ['--archive', rootDir, root]);
  });
  for (const {source, target} of extras) {
    const place = join(root, target);
    await rm(place, {recursive: true, force: true});
    await mkdir(dirname(place), {recursive: true});
    await cp(source, place, {recursive: true, dereference: true});
  }
  return root;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...args], {
    env: {PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'},
    timeout: MADE_WITHIN_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
}
