import {chmod, chown, copyFile, type FileHandle, link, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';

/** Names inside a jail. A restored machine finds its disk and sockets under those of the saved one, so they never change. */
export const JAILED = {
  apiSocket: 'api.sock',
  vsockSocket: 'v.sock',
  kernel: 'vmlinux',
  initramfs: 'initramfs',
  image: 'image',
  state: 'state',
  memory: 'memory',
} as const;

/**
 * The folder that one Firecracker sees as its root: `<base>/firecracker/<id>/root`, as its jailer wants it. Without a jailer it is just the
 * working directory. The holder must `remove` it.
 */
export class Jail {
  readonly id: string;
  readonly base: string;
  readonly root: string;
  readonly #userId: number | null;

  /** @param userId owner of what is in it; null for the worker's own. */
  static async create(base: string, id: string, userId: number | null): Promise<Jail> {
    const jail = new Jail(base, id, userId);
    await mkdir(jail.root, {recursive: true, mode: 0o711});
    if (userId !== null) await chown(jail.root, userId, userId);
    return jail;
  }

  private constructor(base: string, id: string, userId: number | null) {
    this.id = id;
    this.base = base;
    this.root = join(base, 'firecracker', id, 'root');
    this.#userId = userId;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /**
   * Puts in a file that the machine's user may read only. Linked where it can be, so that all machines share its pages; what is on another
   * file system, or was removed while it was `held` open, is copied.
   */
  async bring(source: string, name: string, held?: FileHandle): Promise<void> {
    try {
      await link(source, this.path(name));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // EPERM: another mount, or a link to a file of another user (fs.protected_hardlinks).
      if (code !== 'EXDEV' && code !== 'EPERM' && (code !== 'ENOENT' || held === undefined)) throw error;
      await copyFile(held === undefined ? source : `/proc/self/fd/${held.fd}`, this.path(name));
      await chmod(this.path(name), 0o444);
    }
  }

  /** An empty file that the machine may write: part of a snapshot to come. */
  async makeWritable(name: string): Promise<void> {
    await copyFile('/dev/null', this.path(name));
    if (this.#userId !== null) await chown(this.path(name), this.#userId, this.#userId);
  }

  async remove(): Promise<void> {
    await rm(join(this.base, 'firecracker', this.id), {recursive: true, force: true});
  }
}
