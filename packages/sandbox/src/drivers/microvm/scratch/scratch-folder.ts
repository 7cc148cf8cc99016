import {randomBytes} from 'node:crypto';
import {type FileHandle, mkdir, open, readdir, rm, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import {decodeIdentity, encodeIdentity, isCertainlyDead, ownIdentity} from '../../shared/worker-identity.ts';
import type {ScratchContents} from './scratch-contents.ts';

/** The folder on whose disk the scratch disks of machines are. */
export class ScratchFolder {
  readonly #path: string;
  readonly #owner = encodeIdentity(ownIdentity());

  /** Makes it where it is not there yet, and removes what killed workers left in it: disks that had not lost their names yet. */
  static async open(path: string): Promise<ScratchFolder> {
    await mkdir(path, {recursive: true, mode: 0o700});
    for (const name of await readdir(path)) {
      const owner = decodeIdentity(name.slice(0, name.lastIndexOf('-')));
      if (owner !== null && isCertainlyDead(owner)) await rm(join(path, name), {force: true});
    }
    return new ScratchFolder(path);
  }

  private constructor(path: string) {
    this.#path = path;
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
