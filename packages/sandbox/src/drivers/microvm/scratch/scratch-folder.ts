import {randomBytes} from 'node:crypto';
import {constants, type FileHandle, mkdir, open, readdir, rm, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {decodeIdentity, encodeIdentity, isCertainlyDead, ownIdentity} from '../../shared/worker-identity.ts';
import type {ScratchContents} from './scratch-contents.ts';

const {O_CREAT, O_DIRECT, O_EXCL, O_RDWR} = constants;

/** The folder on whose disk the scratch disks of machines are. */
export class ScratchFolder {
  /**
   * Whether disks in it can be written past the host's page cache. That cache would count as the monitor's memory, and on control groups v1 a guest
   * that writes fast fills it faster than it is written back, until the kernel ends its monitor.
   */
  readonly isDirect: boolean;
  readonly #path: string;
  readonly #owner = encodeIdentity(ownIdentity());

  /** Makes it where it is not there yet, and removes what killed workers left in it: disks that had not lost their names yet. */
  static async open(path: string): Promise<ScratchFolder> {
    await mkdir(path, {recursive: true, mode: 0o700});
    for (const name of await readdir(path)) {
      const owner = decodeIdentity(name.slice(0, name.lastIndexOf('-')));
      if (owner !== null && isCertainlyDead(owner)) await rm(join(path, name), {force: true});
    }
    return new ScratchFolder(path, await takesDirectIo(path));
  }

  private constructor(path: string, isDirect: boolean) {
    this.#path = path;
    this.isDirect = isDirect;
  }

  /**
   * A disk of a machine's own, without a name: the kernel frees it with its last user, however that ends. The caller owns the handle.
   * Throws `isolation-failed`.
   *
   * @param userId who may open it again, by the descriptor that it inherits; null for the worker's own.
   */
  async makeDisk(contents: ScratchContents, userId: number | null): Promise<FileHandle> {
    const path = join(this.#path, `${this.#owner}-${randomBytes(6).toString('hex')}`);
    let disk: FileHandle | null = null;
    try {
      disk = await open(path, 'wx+', 0o600);
      await unlink(path);
      await contents.fill(disk);
      if (userId !== null) await disk.chown(userId, userId);
      return disk;
    } catch (error) {
      await disk?.close();
      throw new SandglassError(
        'isolation-failed',
        `Cannot make a scratch disk for a microVM in ${this.#path}: ${String(error)}. Make room there.`,
        {cause: error},
      );
    }
  }
}

/** Not every file system does: memory and some of the network do not (open(2), O_DIRECT). */
async function takesDirectIo(folder: string): Promise<boolean> {
  const path = join(folder, `${encodeIdentity(ownIdentity())}-${randomBytes(6).toString('hex')}`);
  try {
    await using _trial = await open(path, O_CREAT | O_EXCL | O_RDWR | O_DIRECT, 0o600);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EINVAL') return false;
    throw error;
  } finally {
    await rm(path, {force: true});
  }
}
