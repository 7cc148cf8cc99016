import type {EngineLog} from '../engine-log.ts';
import type {DiskStore} from './disk-store.ts';
import {MemoryLru} from './memory-lru.ts';
import type {SharedStore} from './shared-store.ts';

/** How a kind of value is stored. */
export interface CacheCodec<Value> {
  encode(value: Value): Uint8Array[];
  /** Gets exactly what `encode` made, once more in one piece. */
  decode(content: Buffer): Value;
}

export interface TieredCacheParts<Value> {
  readonly disk: DiskStore;
  /** What other workers use as well; null when there is none. */
  readonly shared: SharedStore | null;
  readonly codec: CacheCodec<Value>;
  /** Bound of the values kept in memory, in bytes as stored. */
  readonly memoryBytes: number;
  readonly log: EngineLog;
}

interface HotEntry<Value> {
  readonly value: Value;
  touchedAtMs: number;
}

/** How often a value that is served from memory is marked as used on disk; other processes and the next start go by that. */
const TOUCH_EVERY_MS = 10 * 60 * 1000;
/** Writes under way at most; past it a value is kept in memory only, as the disk cannot follow. */
const MAX_WRITES = 16;

/**
 * A content-addressed cache: hot values in memory, all on disk, and where several workers have one, in a shared store. It only saves
 * work: a disk that fails makes it slower, never wrong, and is logged.
 */
export class TieredCache<Value> implements AsyncDisposable {
  readonly #parts: TieredCacheParts<Value>;
  readonly #hot: MemoryLru<HotEntry<Value>>;
  readonly #background = new Set<Promise<void>>();

  constructor(parts: TieredCacheParts<Value>) {
    this.#parts = parts;
    this.#hot = new MemoryLru(parts.memoryBytes);
  }

  /** A value in memory, at once. */
  peek(key: string): Value | null {
    const entry = this.#hot.get(key);
    if (entry === undefined) return null;
    const now = Date.now();
    if (now - entry.touchedAtMs > TOUCH_EVERY_MS) {
      entry.touchedAtMs = now;
      this.#start(this.#parts.disk.touch(key), 'mark a cached value as used');
    }
    return entry.value;
  }

  /** A value from memory, disk or the shared store, null when there is none (or these fail). */
  async get(key: string): Promise<Value | null> {
    return this.peek(key) ?? (await this.#fromDisk(key)) ?? (await this.#fromOthers(key));
  }

  async #fromDisk(key: string): Promise<Value | null> {
    try {
      const content = await this.#parts.disk.read(key);
      if (content === null) return null;
      const value = this.#parts.codec.decode(content);
      this.#heat(key, value, content.length);
      return value;
    } catch (error) {
      this.#parts.log.warn({error}, 'Cannot read a cached value; it is made again.');
      return null;
    }
  }

  /** What another worker made is kept as if it had been made here. */
  async #fromOthers(key: string): Promise<Value | null> {
    const content = (await this.#parts.shared?.read(key)) ?? null;
    if (content === null) return null;
    const value = this.#parts.codec.decode(content);
    this.#heat(key, value, content.length);
    this.#start(this.#parts.disk.write(key, [content]), 'store a value in the cache');
    return value;
  }

  /** Keeps a value: in memory at once, on disk and for other workers in the background. */
  put(key: string, value: Value): void {
    const content = this.#parts.codec.encode(value);
    this.#heat(
      key,
      value,
      content.reduce((sum, part) => sum + part.length, 0),
    );
    if (this.#background.size >= MAX_WRITES) return;
    this.#start(this.#parts.disk.write(key, content), 'store a value in the cache');
    const {shared} = this.#parts;
    if (shared !== null) this.#start(shared.write(key, content), 'share a value with other workers');
  }

  /** Resolves when nothing is being written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #heat(key: string, value: Value, bytes: number): void {
    this.#hot.set(key, {value, touchedAtMs: Date.now()}, bytes);
  }

  #start(work: Promise<unknown>, purpose: string): void {
    const task = work
      .then(
        () => undefined,
        (error: unknown) => this.#parts.log.warn({error}, `Cannot ${purpose}.`),
      )
      .finally(() => this.#background.delete(task));
    this.#background.add(task);
  }
}
