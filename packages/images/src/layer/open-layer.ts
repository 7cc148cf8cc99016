import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {PassThrough, pipeline, Transform, type TransformCallback} from 'node:stream';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import type {ImageBounds} from '../bounds.ts';
import {refused} from '../refusal.ts';

export interface LayerDescriptor {
  /** Of the file as it is packed. */
  readonly digest: string;
  readonly bytes: number;
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Of the unpacked archive, from the image's configuration. */
  readonly diffId: string;
}

/**
 * A layer's archive, unpacked as it is read. When its end is reached everything has been compared: size and digest of the file, digest of
 * the archive. Throws `image-refused` for what differs, for a file that does not unpack, and past `bounds.ratio`.
 */
export async function* openLayer(
  path: string,
  layer: LayerDescriptor,
  {bounds, onBytes}: {readonly bounds: ImageBounds; readonly onBytes: (packed: number) => void},
): AsyncGenerator<Buffer> {
  const packed = new Measure((bytes) => {
    onBytes(bytes);
    if (packed.bytes > layer.bytes)
      throw refused(
        `Cannot take the layer ${layer.digest}: it is longer than the ${layer.bytes} bytes of its manifest.`,
      );
  });
  const unpacked = new Measure(() => {
    if (unpacked.bytes > bounds.ratioFromBytes && unpacked.bytes > packed.bytes * bounds.ratio)
      throw refused(
        `Cannot take the layer ${layer.digest}: it unpacks to more than ${bounds.ratio} times its size.`,
      );
  });
  const archive = pipeline(
    createReadStream(path),
    packed,
    decompressor(layer.compression),
    unpacked,
    () => undefined,
  );
  try {
    for await (const chunk of archive) yield chunk as Buffer; // A stream of bytes gives buffers.
  } catch (cause) {
    throw explain(cause, layer);
  }
  if (packed.bytes !== layer.bytes)
    throw refused(
      `Cannot take the layer ${layer.digest}: it has ${packed.bytes} of ${layer.bytes} bytes. Fetch it again.`,
    );
  compare('layer', layer.digest, packed.digest());
  compare('unpacked layer', layer.diffId, unpacked.digest());
}

/** Counts and digests what passes; `check` may throw. */
class Measure extends Transform {
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

function decompressor(compression: LayerDescriptor['compression']) {
  switch (compression) {
    case 'none':
      return new PassThrough();
    case 'gzip':
      return createGunzip();
    case 'zstd':
      return createZstdDecompress();
    default:
      return compression satisfies never;
  }
}

function compare(what: string, expected: string, found: string): void {
  if (expected !== found)
    throw refused(
      `Cannot take the image: the ${what} should have digest ${expected} and has ${found}. Fetch it again.`,
    );
}

function explain(cause: unknown, layer: LayerDescriptor): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT')
    return refused(`Cannot take the image: its layer ${layer.digest} is not there. Fetch it again.`, cause);
  // zlib's own codes begin with Z_, those of zstd with ZSTD_.
  return code.startsWith('Z') || code === 'ERR_STREAM_PREMATURE_CLOSE'
    ? refused(
        `Cannot take the layer ${layer.digest}: it does not unpack (${String(cause)}). Fetch it again.`,
        cause,
      )
    : cause;
}
