/**
 * Images on the disk, below one folder:
 *
 *   names/NAME.json   what is called NAME: digest of its tree, where it came from
 *   trees/HEX/        a tree by its digest; complete or not there
 *   objects/          contents of files, linked into trees
 *   outputs/          forms of a tree that some drivers want, made when asked for
 *   drafts/           work under way; removed by whoever works next when it was cut off
 *   lock              held by whoever changes something
 *
 * Readers need no lock: a record appears (by renaming) after its tree, and goes before it.
 */
import {lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {nearestName, SandglassError} from '@sandglass/protocol';
import {Compile} from 'typebox/compile';
import {diskFull} from '../refusal.ts';
import {IMAGE_RECORD_SCHEMA, type ImageRecord, type StoredImage} from '../stored-image.ts';
import {checkOut} from '../tree/check-out.ts';
import type {ImageTree} from '../tree/image-tree.ts';
import {summariseTree} from '../tree/tree-digest.ts';
import {flushDisk} from './flush-disk.ts';
import {ObjectStore} from './object-store.ts';
import {lockStore} from './store-lock.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** The host's own toolchains, which are no image of the store. */
const RESERVED_NAME = 'host';

const validator = Compile(IMAGE_RECORD_SCHEMA);

/** Where a data folder has its images. */
export function imageStoreFolder(dataDir: string): string {
  return join(dataDir, 'images');
}

export interface ChangeOptions {
  /** Called when somebody else is building and this one waits. */
  readonly onWait: () => void;
  readonly signal: AbortSignal | undefined;
}

/** Work on the store by whoever holds its lock. */
export interface StoreChange {
  /** Folder for what is on the way; gone when the change ends. */
  readonly draft: string;
  readonly objects: ObjectStore;
  /** Makes the tree unless it is there, and names it. A name that was taken means the new image from then on. */
  commit(
    tree: ImageTree,
    record: Omit<ImageRecord, 'format' | 'digest' | 'entries' | 'bytes' | 'createdAt' | 'architecture'>,
  ): Promise<StoredImage>;
}

export interface Freed {
  readonly trees: number;
  readonly objects: number;
  readonly bytes: number;
}

export class ImageStore {
  readonly folder: string;
  readonly #objects: ObjectStore;

  /** @param folder `images` in the data folder; made when it is first written to. */
  constructor(folder: string) {
    this.folder = folder;
    this.#objects = new ObjectStore(join(folder, 'objects'));
  }

  /** All images by name. */
  async list(): Promise<StoredImage[]> {
    const files = (await namesIn(join(this.folder, 'names'))).filter((name) => name.endsWith('.json')).sort();
    return await Promise.all(files.map((name) => this.#read(name.slice(0, -'.json'.length))));
  }

  /** Null when there is none of that name. Throws `image-refused` for a damaged record. */
  async find(name: string): Promise<StoredImage | null> {
    if (!NAME.test(name)) return null;
    return (await exists(this.#recordPath(name))) ? await this.#read(name) : null;
  }

  /** Throws `unknown-image` naming those that there are. */
  async get(name: string): Promise<StoredImage> {
    const image = await this.find(name);
    if (image !== null) return image;
    const names = (await this.list()).map((each) => each.name);
    const near = nearestName(name, names);
    const known =
      names.length === 0
        ? 'There are none yet; "sandglass images build" and "sandglass images pull" make one.'
        : `There are: ${names.join(', ')}.`;
    throw new SandglassError(
      'unknown-image',
      `No image is called "${name.slice(0, 64)}".${near === null ? '' : ` Did you mean "${near}"?`} ${known}`,
    );
  }

  /** Runs `work` while nobody else changes the store; whatever it leaves half-done is removed, also after a `kill -9`, by the next. */
  async change<T>(options: ChangeOptions, work: (change: StoreChange) => Promise<T>): Promise<T> {
    await mkdir(join(this.folder, 'drafts'), {recursive: true, mode: 0o755});
    await using lock = await lockStore(join(this.folder, 'lock'), options);
    // Whoever was cut off may have left contents that no tree has, and after a power cut some that are not what their name says.
    if (await this.#removeDrafts()) await this.#objects.prune();
    const draft = await mkdtemp(join(this.folder, 'drafts', 'd-'));
    // Contents of an image that was given up belong to no tree, and neither does what a finished one left out.
    let hasSurplus = true;
    try {
      let hasCommitted = false;
      const result = await work({
        draft,
        objects: this.#objects,
        commit: (tree, record) => {
          hasCommitted = true;
          return this.#commit(tree, record, {draft, signal: options.signal});
        },
      });
      hasSurplus = hasCommitted;
      return result;
    } catch (cause) {
      throw isDiskFull(cause) ? diskFull(this.folder, cause) : cause;
    } finally {
      await rm(draft, {recursive: true, force: true});
      if (hasSurplus) await this.#objects.prune();
      void lock;
    }
  }

  /** Takes a name away; the tree goes with the last name of it. Throws `unknown-image`. */
  async remove(name: string, options: ChangeOptions): Promise<Freed> {
    await this.get(name);
    return await this.change(options, async () => {
      await rm(this.#recordPath(name), {force: true});
      return await this.#collect();
    });
  }

  /** Removes what no name refers to. */
  async prune(options: ChangeOptions): Promise<Freed> {
    return await this.change(options, () => this.#collect());
  }

  /** Notes which languages were proven to run in an image. */
  async rememberLanguages(
    name: string,
    languages: NonNullable<ImageRecord['languages']>,
    options: ChangeOptions,
  ): Promise<void> {
    await this.change(options, async ({draft}) => {
      const {rootDir: _, ...record} = await this.get(name);
      await this.#writeRecord({...record, languages}, draft);
    });
  }

  /** A file made of a tree by `make`, once; `kind` names its form, such as `erofs`. */
  async output(
    image: StoredImage,
    kind: string,
    make: (path: string) => Promise<void>,
    options: ChangeOptions,
  ): Promise<string> {
    const path = join(this.folder, 'outputs', `${hexOf(image.digest)}.${kind}`);
    if (await exists(path)) return path;
    return await this.change(options, async ({draft}) => {
      // Whoever held the lock before may have made it.
      if (await exists(path)) return path;
      const made = join(draft, 'output');
      await make(made);
      await mkdir(join(this.folder, 'outputs'), {recursive: true, mode: 0o755});
      await flushDisk(draft);
      await rename(made, path);
      await this.#removeOlder(path);
      return path;
    });
  }

  /** Forms of the same tree that an older agent or kernel went into. */
  async #removeOlder(path: string): Promise<void> {
    const [tree = '', ...rest] = basename(path).split('.');
    const format = rest.slice(-2).join('.');
    for (const name of await namesIn(dirname(path)))
      if (name !== basename(path) && name.startsWith(`${tree}.`) && name.endsWith(`.${format}`))
        await this.#removeOutput(name);
  }

  async #commit(
    tree: ImageTree,
    record: Parameters<StoreChange['commit']>[1],
    {draft, signal}: {readonly draft: string; readonly signal: AbortSignal | undefined},
  ): Promise<StoredImage> {
    checkImageName(record.name);
    const summary = summariseTree(tree);
    const rootDir = this.#treePath(summary.digest);
    if (!(await exists(rootDir))) {
      const made = join(draft, 'tree');
      await checkOut(tree, made, {objects: this.#objects, signal});
      await mkdir(join(this.folder, 'trees'), {recursive: true, mode: 0o755});
      await flushDisk(draft);
      await rename(made, rootDir);
    }
    const complete: ImageRecord = {
      format: 1,
      ...summary,
      architecture: process.arch,
      createdAt: new Date().toISOString(),
      ...record,
    };
    await this.#writeRecord(complete, draft);
    return {...complete, rootDir};
  }

  async #writeRecord(record: ImageRecord, draft: string): Promise<void> {
    await mkdir(join(this.folder, 'names'), {recursive: true, mode: 0o755});
    const written = join(draft, 'record');
    await using file = await open(written, 'w', 0o644);
    await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await file.sync();
    await rename(written, this.#recordPath(record.name));
  }

  async #read(name: string): Promise<StoredImage> {
    const path = this.#recordPath(name);
    const record = parseRecord(await readFile(path, 'utf8'));
    if (record === null)
      throw new SandglassError(
        'image-refused',
        `Cannot read ${path}: it is no record of this version. Remove it and make the image again.`,
      );
    return {...record, rootDir: this.#treePath(record.digest)};
  }

  async #collect(): Promise<Freed> {
    const used = new Set((await this.list()).map(({digest}) => hexOf(digest)));
    const unused = (await namesIn(join(this.folder, 'trees'))).filter((name) => !used.has(name));
    for (const name of unused) {
      // Renamed first: a tree of that name is never half there.
      const doomed = join(this.folder, 'drafts', `gone-${name}`);
      await rename(join(this.folder, 'trees', name), doomed);
      await rm(doomed, {recursive: true, force: true});
    }
    const outputs = (await namesIn(join(this.folder, 'outputs'))).filter(
      (name) => !used.has(name.split('.')[0] ?? ''),
    );
    let outputBytes = 0;
    for (const name of outputs) outputBytes += await this.#removeOutput(name);
    const contents = await this.#objects.prune();
    return {trees: unused.length, objects: contents.objects, bytes: contents.bytes + outputBytes};
  }

  async #removeOutput(name: string): Promise<number> {
    const path = join(this.folder, 'outputs', name);
    const {size} = await lstat(path);
    await rm(path);
    return size;
  }

  /** True when there were any. */
  async #removeDrafts(): Promise<boolean> {
    const names = await namesIn(join(this.folder, 'drafts'));
    for (const name of names) await rm(join(this.folder, 'drafts', name), {recursive: true, force: true});
    return names.length > 0;
  }

  #recordPath(name: string): string {
    return join(this.folder, 'names', `${name}.json`);
  }

  #treePath(digest: string): string {
    return join(this.folder, 'trees', hexOf(digest));
  }
}

/** Throws `invalid-request` for what cannot be an image's name. */
export function checkImageName(name: string): void {
  if (NAME.test(name) && name !== RESERVED_NAME) return;
  throw new SandglassError(
    'invalid-request',
    `Cannot call an image ${JSON.stringify(name.slice(0, 80))}: use 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit, and not "${RESERVED_NAME}".`,
  );
}

/** Null for what is none. */
function parseRecord(text: string): ImageRecord | null {
  try {
    const record: unknown = JSON.parse(text);
    return validator.Check(record) ? record : null;
  } catch {
    return null;
  }
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
