import type {ImageBounds} from '../bounds.ts';
import {openRegular} from '../files/open-regular.ts';
import {refused} from '../refusal.ts';
import {isDamage, unpackArchive} from './unpack-archive.ts';

export interface LayerDescriptor {
  /** Of the file as it is packed. */
  readonly digest: string;
  readonly bytes: number;
  /** Of the unpacked archive, from the image's configuration. */
  readonly diffId: string;
}

/**
 * A layer's archive, unpacked as it is read. When its end is reached everything has been compared: size and digest of the file, digest of
 * the archive. Throws `image-refused` for what differs, for a file that does not unpack, and past `bounds`.
 */
export async function* openLayer(
  path: string,
  layer: LayerDescriptor,
  {bounds, onBytes}: {readonly bounds: ImageBounds; readonly onBytes: (packed: number) => void},
): AsyncGenerator<Buffer> {
  const subject = `the layer ${layer.digest}`;
  try {
    await using file = await openRegular(path);
    const {archive, packed, unpacked} = await unpackArchive(file, {
      subject,
      bounds,
      onPacked: (bytes, sum) => {
        onBytes(bytes);
        if (sum > layer.bytes)
          throw refused(
            `Cannot take ${subject}: it is longer than the ${layer.bytes} bytes of its manifest.`,
          );
      },
    });
    yield* archive;
    if (packed.bytes !== layer.bytes)
      throw refused(
        `Cannot take ${subject}: it has ${packed.bytes} of ${layer.bytes} bytes. Fetch it again.`,
      );
    compare('layer', layer.digest, packed.digest());
    compare('unpacked layer', layer.diffId, unpacked.digest());
  } catch (cause) {
    throw explain(cause, subject);
  }
}

function compare(what: string, expected: string, found: string): void {
  if (expected !== found)
    throw refused(
      `Cannot take the image: the ${what} should have digest ${expected} and has ${found}. Fetch it again.`,
    );
}

function explain(cause: unknown, subject: string): unknown {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
    return refused(`Cannot take ${subject}: it is not there. Fetch it again.`, cause);
  return isDamage(cause)
    ? refused(`Cannot take ${subject}: it does not unpack (${String(cause)}). Fetch it again.`, cause)
    : cause;
}
