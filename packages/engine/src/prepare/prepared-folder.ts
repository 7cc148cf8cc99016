/**
 * The host's side of what sandboxes see at /opt/sandglass/prepared:
 *
 *   files/<target>        what programs read; bound into every sandbox, read-only
 *   notes/<name>.json     for each target: what it was made from, and by its modification time, when it was last of use
 *
 * A target without a valid note is removed at the next start: its inputs changed, or the process ended before it was complete.
 */
import {createHash, randomUUID} from 'node:crypto';
import {
  chmod,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {privateFolder} from '../cache/private-folder.ts';

/** Names a file's very content, or null when there is none; links and mounts are the caller's to resolve. */
export type Identify = (path: string) => string | null;

interface Note {
  readonly target: string;
  readonly bytes: number;
  readonly inputs: readonly string[];
  readonly digest: string;
}

export interface PreparedFolderOptions {
  /** Bound of all targets together, in bytes. */
  readonly maxBytes: number;
  readonly identify: Identify;
}

/** Any number of processes may use one folder; a target is complete or not there. */
export class PreparedFolder {
  readonly #folder: string;
  readonly #options: PreparedFolderOptions;
  readonly #targets = new Set<string>();

  private constructor(folder: string, options: PreparedFolderOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Opens or makes the folder and removes what is of no use any more. Throws `configuration-invalid` when others may write to it. */
  static async open(path: string, options: PreparedFolderOptions): Promise<PreparedFolder> {
    const folder = new PreparedFolder(path, options);
    await privateFolder(path);
    for (const part of [path, folder.files, folder.#notes]) await mkdir(part, {recursive: true});
    // Programs in sandboxes have other user ids.
    for (const part of [path, folder.files]) await chmod(part, 0o755);
    await folder.#removeStale();
    return folder;
  }

  /** To be bound into sandboxes. */
  get files(): string {
    return join(this.#folder, 'files');
  }

  has(target: string): boolean {
    return this.#targets.has(target);
  }

  /** Says that a target was of use, so that others make room first. */
  async touch(target: string): Promise<void> {
    const now = new Date();
    // Another process may have removed it for its size.
    await utimes(this.#notePath(target), now, now).catch(() => undefined);
  }

  /** Writes a target piece by piece and puts it into its place once it is complete; `inputs` are host paths. */
  async add(
    target: string,
    inputs: readonly string[],
    write: (file: FileHandle) => Promise<void>,
  ): Promise<void> {
    const draft = join(this.#folder, `draft-${randomUUID()}`);
    try {
      {
        await using file = await open(draft, 'wx', 0o644);
        await file.chmod(0o644);
        await write(file);
      }
      const {size} = await stat(draft);
      const digest = this.#digest(inputs);
      if (digest === null) return;
      await makeReadableFolders(this.files, dirname(target));
      await rename(draft, join(this.files, target));
      const note: Note = {target, bytes: size, inputs, digest};
      await writeFile(this.#notePath(target), JSON.stringify(note), {mode: 0o600});
      this.#targets.add(target);
    } finally {
      await rm(draft, {force: true});
    }
    await this.#makeRoom(target);
  }

  async #removeStale(): Promise<void> {
    for (const name of await readdir(this.#folder))
      if (name.startsWith('draft-')) await rm(join(this.#folder, name), {force: true});
    for (const note of await this.#readNotes())
      if (this.#digest(note.inputs) === note.digest) this.#targets.add(note.target);
      else await this.#remove(note.target);
    const entries = await readdir(this.files, {recursive: true, withFileTypes: true});
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && !this.#targets.has(path.slice(this.files.length + 1)))
        await rm(path, {force: true});
    }
    await this.#makeRoom(null);
  }

  async #readNotes(): Promise<Note[]> {
    const notes: Note[] = [];
    for (const name of await readdir(this.#notes)) {
      const path = join(this.#notes, name);
      try {
        // Only this class writes here, into a folder that only this user can change.
        notes.push(JSON.parse(await readFile(path, 'utf8')) as Note);
      } catch {
        // Cut off in the middle: the target it was for counts as not there.
        await rm(path, {force: true});
      }
    }
    return notes;
  }

  async #makeRoom(except: string | null): Promise<void> {
    const notes = await this.#readNotes();
    const used = await Promise.all(
      notes.map(async (note) => {
        const facts = await stat(this.#notePath(note.target)).catch(() => null);
        return {...note, usedAtMs: facts?.mtimeMs ?? 0};
      }),
    );
    let total = used.reduce((sum, {bytes}) => sum + bytes, 0);
    for (const {target, bytes} of used.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (total <= this.#options.maxBytes) return;
      if (target === except) continue;
      await this.#remove(target);
      total -= bytes;
    }
  }

  async #remove(target: string): Promise<void> {
    this.#targets.delete(target);
    // The note last: without it nobody would count the bytes.
    await rm(join(this.files, target), {force: true});
    await rm(this.#notePath(target), {force: true});
  }

  /** Null when an input is gone: then nothing can be said about what it was made from. */
  #digest(inputs: readonly string[]): string | null {
    const hash = createHash('sha256');
    for (const path of inputs) {
      const identity = this.#options.identify(path);
      if (identity === null) return null;
      hash.update(identity);
    }
    return hash.digest('hex');
  }

  get #notes(): string {
    return join(this.#folder, 'notes');
  }

  #notePath(target: string): string {
    return join(this.#notes, `${target.replaceAll('/', ',')}.json`);
  }
}

/** Whatever mask the process was started with, programs have to get through. */
async function makeReadableFolders(top: string, relative: string): Promise<void> {
  let path = top;
  for (const name of relative.split('/')) {
    path = join(path, name);
    await mkdir(path, {recursive: true});
    await chmod(path, 0o755);
  }
}
