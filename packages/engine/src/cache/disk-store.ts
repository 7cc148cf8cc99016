import {randomUUID} from 'node:crypto';
import {mkdir, readFile, rename, rm, utimes, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {privateFolder} from './private-folder.ts';
import {seal, unseal} from './sealed-record.ts';
import {sweep} from './sweep.ts';

/** Part of the bound that may be written between two sweeps: the most by which one process can pass the bound. */
const SWEEP_SHARE = 1 / 8;

/**
 * Records on disk by content key, for any number of processes at once.
 *
 * - A record is written to a file of its own and renamed into place, so a reader sees all of it or nothing. It is not synced: after
 *   a power cut a record may be damaged, its checksum tells, and it is made again.
 * - Two writers of one key write the same; the last rename wins.
 * - A file's modification time is when it was last of use. A sweep removes the files not used the longest once all together pass
 *   the bound. Whoever has a file open keeps reading it.
 */
export class DiskStore {
  readonly #folder: string;
  readonly #maxBytes: number;
  #writtenSinceSweep: number;
  #sweeping: Promise<void> | null = null;

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    // The first write finds out how much there is from earlier processes.
    this.#writtenSinceSweep = maxBytes;
  }

  /** Opens or makes the store. Throws `configuration-invalid` when others may write to the folder. */
  static async open(folder: string, {maxBytes}: {readonly maxBytes: number}): Promise<DiskStore> {
    await privateFolder(folder);
    return new DiskStore(folder, maxBytes);
  }

  /** The record's content, or null when there is none; a damaged one is removed. Counts as a use. */
  async read(key: string): Promise<Buffer | null> {
    const path = this.#path(key);
    const record = await readFile(path).catch(nullWhenMissing);
    if (record === null) return null;
    const content = unseal(key, record);
    if (content === null) await rm(path, {force: true});
    else await this.touch(key);
    return content;
  }

  async write(key: string, content: readonly Uint8Array[]): Promise<void> {
    const path = this.#path(key);
    await mkdir(dirname(path), {recursive: true, mode: 0o700});
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, seal(key, content), {flag: 'wx', mode: 0o600});
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, {force: true});
      throw error;
    }
    this.#writtenSinceSweep += content.reduce((sum, part) => sum + part.length, 0);
    if (this.#writtenSinceSweep > this.#maxBytes * SWEEP_SHARE) await this.#sweep();
  }

  /** Says that the record was of use now. */
  async touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(this.#path(key), now, now).catch(nullWhenMissing);
  }

  async #sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepOnce();
    await this.#sweeping;
  }

  async #sweepOnce(): Promise<void> {
    this.#writtenSinceSweep = 0;
    try {
      await sweep(this.#folder, {maxBytes: this.#maxBytes, nowMs: Date.now()});
    } finally {
      this.#sweeping = null;
    }
  }

  /** Two digits spread the files over 256 folders. */
  #path(key: string): string {
    return join(this.#folder, key.slice(0, 2), key.slice(2));
  }
}

/** Another process may have swept the file away. */
function nullWhenMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
