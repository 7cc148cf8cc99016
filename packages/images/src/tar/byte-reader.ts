import {refused} from '../refusal.ts';

/** Reads a stream of chunks in pieces of the reader's choosing. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `count` bytes; null when the stream has ended before the first. Throws `image-refused` when it ends in between. */
  async read(count: number): Promise<Buffer | null> {
    const piece = Buffer.allocUnsafe(count);
    let filled = 0;
    for await (const part of this.parts(count, {mayEnd: true})) {
      piece.set(part, filled);
      filled += part.length;
    }
    if (filled === count) return piece;
    if (filled === 0) return null;
    throw cutOff();
  }

  /** The next `count` bytes as they come. */
  async *parts(count: number, {mayEnd = false} = {}): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#chunk.length === 0) {
        const next = await this.#source.next();
        if (next.done === true) {
          if (mayEnd) return;
          throw cutOff();
        }
        this.#chunk = next.value;
        continue;
      }
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async skip(count: number): Promise<void> {
    for await (const part of this.parts(count)) void part;
  }

  /** Reads to the end, so that whoever counts or digests the source sees all of it. */
  async drain(): Promise<void> {
    this.#chunk = new Uint8Array();
    while ((await this.#source.next()).done !== true);
  }

  /** Tells the source that nothing more is wanted. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

function cutOff() {
  return refused('Cannot read the archive: it ends in the middle of an entry. Fetch it again.');
}
