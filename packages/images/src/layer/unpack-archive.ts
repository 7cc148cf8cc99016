import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import {PassThrough, pipeline, Transform, type TransformCallback} from 'node:stream';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import type {ImageBounds} from '../bounds.ts';
import {refused} from '../refusal.ts';

/** An archive that is unpacked as it is read, and what was measured of it so far. */
export interface Unpacking {
  readonly archive: AsyncIterable<Buffer>;
  readonly packed: Measure;
  readonly unpacked: Measure;
}

/**
 * Unpacks a file that is gzip, zstd or neither; its first bytes tell, as names and media types are wrong at times. Reading the archive throws `image-refused` once it is more than `bounds` let it be: `ratio` times as long as what it came from, or
 * `totalBytes`. `onPacked` is called with the bytes of each piece before it is unpacked, and may throw.
 */
export async function unpackArchive(
  file: FileHandle,
  {
    subject,
    bounds,
    onPacked,
  }: {
    /** What it is, for messages. */
    readonly subject: string;
    readonly bounds: ImageBounds;
    readonly onPacked: (bytes: number, sum: number) => void;
  },
): Promise<Unpacking> {
  const packed = new Measure((bytes) => onPacked(bytes, packed.bytes));
  const unpacked = new Measure(() => {
    if (unpacked.bytes > bounds.ratioFromBytes && unpacked.bytes > packed.bytes * bounds.ratio)
      throw refused(`Cannot take ${subject}: it unpacks to more than ${bounds.ratio} times its size.`);
    // Headers without contents are bytes as well.
    if (unpacked.bytes > bounds.totalBytes)
      throw refused(`Cannot take ${subject}: it unpacks to more than ${bounds.totalBytes} bytes.`);
  });
  const start = Buffer.alloc(4);
  await file.read(start, 0, start.length, 0);
  const source = file.createReadStream({autoClose: false, start: 0});
  const archive = pipeline(source, packed, decompressorOf(start), unpacked, () => undefined);
  return {archive, packed, unpacked};
}

/** True for what a decompressor says about damaged data: zlib's own codes begin with Z_, those of zstd with ZSTD_. */
export function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z') || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Counts and digests what passes; `check` may throw. */
export class Measure extends Transform {
  bytes = 0;
  readonly #hash = createHash('sha256');
  readonly #check: (bytes: number) => void;

  constructor(check: (bytes: number) => void) {
    super();
    this.#check = check;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    try {
      this.#check(chunk.length);
      done(null, chunk);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}

/** By the magic numbers of RFC 1952 and RFC 8878. */
function decompressorOf(start: Buffer) {
  if (start.readUInt16BE(0) === 0x1f8b) return createGunzip();
  return start.readUInt32BE(0) === 0x28b5_2ffd ? createZstdDecompress() : new PassThrough();
}
