import {type FileHandle, open, readFile, writeFile} from 'node:fs/promises';

/** Of the file system: the smallest thing that is written to the disk. */
const BLOCK_BYTES = 4096;
const READ_BYTES = 1024 * 1024;
const EMPTY = Buffer.alloc(READ_BYTES);
const OFFSET_BYTES = 8;
const SIZE_BYTES = 4;

interface Extent {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * What is on the scratch disk of a saved machine: some 130 KiB of an otherwise empty gigabyte. The guest in the snapshot knows just these blocks, so
 * every restored machine begins with a disk that holds them.
 */
export class ScratchContents {
  readonly #diskBytes: number;
  readonly #extents: readonly Extent[];

  private constructor(diskBytes: number, extents: readonly Extent[]) {
    this.#diskBytes = diskBytes;
    this.#extents = extents;
  }

  /** Of a disk that nobody writes to any more. */
  static async ofDisk(path: string): Promise<ScratchContents> {
    await using disk = await open(path);
    const {size} = await disk.stat();
    const buffer = Buffer.alloc(READ_BYTES);
    const extents: Extent[] = [];
    for (let offset = 0; offset < size; offset += READ_BYTES) {
      const {bytesRead} = await disk.read(buffer, 0, Math.min(READ_BYTES, size - offset), offset);
      const read = buffer.subarray(0, bytesRead);
      if (!read.equals(EMPTY.subarray(0, bytesRead))) extents.push(...writtenIn(read, offset));
    }
    return new ScratchContents(size, extents);
  }

  /** As `store` wrote it: the disk's size, then for each extent its offset, its size and its bytes; little-endian. */
  static async load(path: string): Promise<ScratchContents> {
    const stored = await readFile(path);
    const extents: Extent[] = [];
    for (let at = OFFSET_BYTES; at < stored.length; ) {
      const offset = Number(stored.readBigUInt64LE(at));
      const start = at + OFFSET_BYTES + SIZE_BYTES;
      at = start + stored.readUInt32LE(at + OFFSET_BYTES);
      extents.push({offset, bytes: stored.subarray(start, at)});
    }
    return new ScratchContents(Number(stored.readBigUInt64LE(0)), extents);
  }

  async store(path: string): Promise<void> {
    const head = Buffer.alloc(OFFSET_BYTES);
    head.writeBigUInt64LE(BigInt(this.#diskBytes));
    const parts = this.#extents.flatMap(({offset, bytes}) => {
      const place = Buffer.alloc(OFFSET_BYTES + SIZE_BYTES);
      place.writeBigUInt64LE(BigInt(offset));
      place.writeUInt32LE(bytes.length, OFFSET_BYTES);
      return [place, bytes];
    });
    await writeFile(path, Buffer.concat([head, ...parts]), {mode: 0o600});
  }

  /** Makes a disk of an empty file: sparse, so that it takes what is written. */
  async fill(disk: FileHandle): Promise<void> {
    await disk.truncate(this.#diskBytes);
    for (const {offset, bytes} of this.#extents) await disk.write(bytes, 0, bytes.length, offset);
  }
}

/** Copies of the blocks in which anything is written, neighbours together. */
function writtenIn(read: Buffer, offset: number): Extent[] {
  const found: {start: number; end: number}[] = [];
  for (let start = 0; start < read.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, read.length);
    if (read.subarray(start, end).equals(EMPTY.subarray(0, end - start))) continue;
    const last = found.at(-1);
    if (last?.end === start) last.end = end;
    else found.push({start, end});
  }
  return found.map(({start, end}) => ({
    offset: offset + start,
    bytes: Buffer.from(read.subarray(start, end)),
  }));
}
