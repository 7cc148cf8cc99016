import {
  chmod,
  chown,
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {decodeIdentity, encodeIdentity, isCertainlyDead, ownIdentity} from '../../shared/worker-identity.ts';

/** The jailer's name for the programs of this name. */
const PROGRAM = 'firecracker';

/** Beside the root, so that the machine cannot reach it. */
const OWNER_FILE = 'owner';

/** Names inside a jail. A restored machine finds its disk and sockets under those of the saved one, so they never change. */
export const JAILED = {
  apiSocket: 'api.sock',
  vsockSocket: 'v.sock',
  kernel: 'vmlinux',
  initramfs: 'initramfs',
  image: 'image',
  scratch: 'scratch',
  state: 'state',
  memory: 'memory',
} as const;

/** Removes the jails of workers that are dead. */
export async function removeStaleJails(base: string): Promise<void> {
  const jails = join(base, PROGRAM);
  for (const id of await readdir(jails).catch(() => [])) {
    const owner = await readFile(join(jails, id, OWNER_FILE), 'utf8').catch(() => '');
    const identity = decodeIdentity(owner);
    if (identity !== null && isCertainlyDead(identity))
      await rm(join(jails, id), {recursive: true, force: true});
  }
}

/**
 * The folder that one Firecracker sees as its root: `<base>/firecracker/<id>/root`, as its jailer wants it. Without a jailer it is just the
 * working directory. The holder must `remove` it.
 */
export class Jail {
  readonly id: string;
  readonly base: string;
  readonly root: string;
  readonly #userId: number | null;
  readonly #folder: FileHandle;

  /** @param userId owner of what is in it; null for the worker's own. */
  static async create(base: string, id: string, userId: number | null): Promise<Jail> {
    const root = join(base, PROGRAM, id, 'root');
    await mkdir(root, {recursive: true, mode: 0o711});
    await writeFile(join(base, PROGRAM, id, OWNER_FILE), encodeIdentity(ownIdentity()));
    if (userId !== null) await chown(root, userId, userId);
    return new Jail({base, id, root, userId, folder: await open(root)});
  }

  private constructor(parts: {
    readonly base: string;
    readonly id: string;
    readonly root: string;
    readonly userId: number | null;
    readonly folder: FileHandle;
  }) {
    this.id = parts.id;
    this.base = parts.base;
    this.root = parts.root;
    this.#userId = parts.userId;
    this.#folder = parts.folder;
  }

  /** A name of at most some 30 bytes for a socket in it, wherever the data folder is: those of sockets have 107 (unix(7)). */
  socketPath(name: string): string {
    return `/proc/self/fd/${this.#folder.fd}/${name}`;
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

  /** An empty file that the machine may write; `fill` puts something in. */
  async makeWritable(
    name: string,
    fill: (file: FileHandle) => Promise<void> = async () => {},
  ): Promise<void> {
    await using file = await open(this.path(name), 'wx', 0o600);
    await fill(file);
    if (this.#userId !== null) await file.chown(this.#userId, this.#userId);
  }

  /** A disk that is there already, for the machine to write on. */
  async lend(source: string, name: string): Promise<void> {
    await link(source, this.path(name));
    if (this.#userId !== null) await chown(this.path(name), this.#userId, this.#userId);
  }

  async remove(): Promise<void> {
    await this.#folder.close();
    await rm(join(this.base, PROGRAM, this.id), {recursive: true, force: true});
  }
}
