import {execFile} from 'node:child_process';
import {open} from 'node:fs/promises';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 4096;
const INODE_BYTES = 256;

/** Files, folders and links together; the same for every size, because it is fixed when the file system is made. */
const INODES = 131_072;

/** Bitmaps and the like, and what the engine adds to a limit for files of its own. */
const EXTRA_BYTES = 32 * MIB;

/**
 * No journal and no checksums: nobody reads the disk after a crash. What is bounded is done so by the guest's launcher
 * (native/launcher/writable_disk.h); the superuser has no share of his own.
 */
const FEATURES = 'none,extent,filetype,dir_index,sparse_super,flex_bg,large_file,huge_file,extra_isize';

/** How large a disk is on which `usableBytes` can be written. */
export function scratchDiskBytes(usableBytes: number): number {
  const bytes = usableBytes + INODES * INODE_BYTES + EXTRA_BYTES;
  return Math.ceil(bytes / MIB) * MIB;
}

/** Makes a disk with an empty ext4 file system; as a sparse file it takes 128 KiB. Throws `isolation-unavailable`. */
export async function makeScratchDisk(path: string, bytes: number): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.truncate(bytes);
  const options = ['-q', '-F', '-t', 'ext4', '-b', BLOCK_BYTES, '-I', INODE_BYTES, '-N', INODES, '-m', 0];
  try {
    await promisify(execFile)('mke2fs', [...options, '-O', FEATURES, path].map(String), {
      env: {PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'},
    });
  } catch (error) {
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot make a scratch disk for microVMs of ${bytes} bytes at ${path}: ${String(error)}. mke2fs comes with "apt-get install e2fsprogs".`,
      {cause: error},
    );
  }
}
