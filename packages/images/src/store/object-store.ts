/**
 * File contents by digest, below `objects/`. A tree's files are hard links to them, so a file that ten images share is on the disk once.
 * Mode and time belong to the inode and therefore to the name.
 */
import {createHash, type Hash} from 'node:crypto';
import {
  copyFile,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  unlink,
} from 'node:fs/promises';
import {join} from 'node:path';
import type {FileNode} from '../tree/image-tree.ts';

export interface ObjectMeta {
  /** As announced; the content has exactly so many. */
  readonly bytes: number;
  readonly mode: number;
  readonly modifiedAtS: number;
}

/** Where contents go while an image is made. */
export interface ObjectWriter {
  write(
    content: AsyncIterable<Uint8Array>,
    meta: ObjectMeta,
  ): Promise<{readonly sha256: string; readonly bytes: number}>;
}

/** Larger files are not gathered in memory before they are named. */
const MEMORY_BYTES = 4 * 1024 * 1024;

export class ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Puts a file of a tree in place. */
  async place(node: FileNode, path: string): Promise<void> {
    const object = this.#path(node.sha256, node);
    try {
      await link(object, path);
    } catch (error) {
      // A file system has a bound on links to one file (65 000 on ext4), which empty files of a large store reach.
      if (!(error instanceof Error && 'code' in error && error.code === 'EMLINK')) throw error;
      await copyFile(object, path);
      const copy = await open(path, 'r');
      try {
        await copy.chmod(node.mode);
        await copy.utimes(node.modifiedAtS, node.modifiedAtS);
      } finally {
        await copy.close();
      }
    }
  }

  async read(node: FileNode): Promise<Buffer> {
    return await readFile(this.#path(node.sha256, node));
  }

  /** A writer for one image in the making. Until `draft` is removed, nothing of it but whole objects is on the disk. */
  async writer(draft: string): Promise<ObjectWriter> {
    await mkdir(this.#folder, {recursive: true, mode: 0o755});
    return {write: async (content, meta) => await this.#write(content, meta, draft)};
  }

  /** Removes objects that no tree has; to be called while nobody builds. Returns what became free. */
  async prune(): Promise<{readonly objects: number; readonly bytes: number}> {
    let objects = 0;
    let bytes = 0;
    for (const shelf of await namesIn(this.#folder)) {
      for (const name of await namesIn(join(this.#folder, shelf))) {
        const path = join(this.#folder, shelf, name);
        const {nlink, size} = await lstat(path);
        if (nlink > 1) continue;
        await unlink(path);
        objects += 1;
        bytes += size;
      }
      // Fails for one that is still needed, which is what keeps it.
      await rmdir(join(this.#folder, shelf)).catch(() => undefined);
    }
    return {objects, bytes};
  }

  async #write(content: AsyncIterable<Uint8Array>, meta: ObjectMeta, draft: string) {
    const hash = createHash('sha256');
    if (meta.bytes > MEMORY_BYTES) return await this.#writeLarge(content, {meta, hash, draft});
    const gathered: Uint8Array[] = [];
    for await (const part of content) {
      hash.update(part);
      gathered.push(part);
    }
    const whole = Buffer.concat(gathered);
    const sha256 = hash.digest('hex');
    // Most files of most images are in the store already, and cost it nothing then.
    if (!(await exists(this.#path(sha256, meta)))) {
      await using temporary = await TemporaryFile.open(draft);
      await temporary.file.writeFile(whole);
      await this.#keep(temporary, sha256, meta);
    }
    return {sha256, bytes: whole.length};
  }

  async #writeLarge(
    content: AsyncIterable<Uint8Array>,
    {meta, hash, draft}: {readonly meta: ObjectMeta; readonly hash: Hash; readonly draft: string},
  ) {
    await using temporary = await TemporaryFile.open(draft);
    let bytes = 0;
    for await (const part of content) {
      hash.update(part);
      bytes += part.length;
      await temporary.file.writeFile(part);
    }
    const sha256 = hash.digest('hex');
    if (!(await exists(this.#path(sha256, meta)))) await this.#keep(temporary, sha256, meta);
    return {sha256, bytes};
  }

  async #keep({file, path}: TemporaryFile, sha256: string, meta: ObjectMeta): Promise<void> {
    await file.chmod(meta.mode);
    await file.utimes(meta.modifiedAtS, meta.modifiedAtS);
    await mkdir(join(this.#folder, sha256.slice(0, 2)), {recursive: true, mode: 0o755});
    await rename(path, this.#path(sha256, meta));
  }

  #path(sha256: string, {mode, modifiedAtS}: Pick<ObjectMeta, 'mode' | 'modifiedAtS'>): string {
    return join(this.#folder, sha256.slice(0, 2), `${sha256.slice(2)}-${mode.toString(8)}-${modifiedAtS}`);
  }
}

/** A file on its way into the store; gone when it is disposed, unless it was renamed before. */
class TemporaryFile implements AsyncDisposable {
  readonly path: string;
  readonly file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  static async open(draft: string): Promise<TemporaryFile> {
    const path = join(draft, 'object');
    return new TemporaryFile(path, await open(path, 'w', 0o600));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
    await rm(this.path, {force: true});
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
