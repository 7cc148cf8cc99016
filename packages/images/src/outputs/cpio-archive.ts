import {createReadStream} from 'node:fs';
import {lstat, readdir, readlink} from 'node:fs/promises';
import {join} from 'node:path';

const FOLDER = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;
const MAX_BYTES = 0xffff_ffff;

/**
 * A tree as the kernel unpacks it at boot into `folder`: cpio's "newc" format (initramfs-buffer-format in the kernel's documentation). Names are in the
 * order of their bytes, all belongs to root, and times are 0: the same tree gives the same bytes.
 */
export async function* cpioArchive(rootDir: string, folder: string): AsyncGenerator<Uint8Array> {
  const archive: Archive = {rootDir, folder, inode: counter()};
  yield header({name: folder, mode: FOLDER | 0o755, bytes: 0, inode: archive.inode()});
  yield* folderEntries(archive, '');
  yield header({name: 'TRAILER!!!', mode: 0, bytes: 0, inode: 0});
}

interface Archive {
  readonly rootDir: string;
  readonly folder: string;
  readonly inode: () => number;
}

async function* folderEntries(archive: Archive, folder: string): AsyncGenerator<Uint8Array> {
  const names = (await readdir(join(archive.rootDir, folder))).sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  for (const last of names) {
    const name = folder === '' ? last : `${folder}/${last}`;
    yield* oneEntry(archive, name);
  }
}

async function* oneEntry(archive: Archive, inner: string): AsyncGenerator<Uint8Array> {
  const path = join(archive.rootDir, inner);
  const name = `${archive.folder}/${inner}`;
  const found = await lstat(path);
  const mode = found.mode & 0o777;
  if (found.isDirectory()) {
    yield header({name, mode: FOLDER | mode, bytes: 0, inode: archive.inode()});
    yield* folderEntries(archive, inner);
  } else if (found.isSymbolicLink()) {
    const target = Buffer.from(await readlink(path));
    yield header({name, mode: LINK | 0o777, bytes: target.length, inode: archive.inode()});
    yield target;
    yield padding(target.length);
  } else {
    yield header({name, mode: FILE | mode, bytes: found.size, inode: archive.inode()});
    for await (const part of createReadStream(path)) yield part as Buffer; // A stream of bytes gives buffers.
    yield padding(found.size);
  }
}

function header(entry: {
  readonly name: string;
  readonly mode: number;
  readonly bytes: number;
  readonly inode: number;
}): Buffer {
  if (entry.bytes > MAX_BYTES)
    throw new RangeError(
      `Cannot put ${entry.name} into an initramfs: it has ${entry.bytes} bytes, cpio takes up to ${MAX_BYTES}.`,
    );
  const name = Buffer.from(`${entry.name}\0`);
  // ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [entry.inode, entry.mode, 0, 0, 1, 0, entry.bytes, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([head, name, padding(head.length + name.length)]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function counter(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}
