import {createHash} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import type {ChangeOptions, ImageStore} from '../store/image-store.ts';
import type {StoredImage} from '../stored-image.ts';
import {cpioArchive} from './cpio-archive.ts';
import {writeErofs} from './write-erofs.ts';

/** Forms of an image as one file. */
export const OUTPUT_FORMATS = ['erofs', 'cpio.gz'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export interface OutputOptions extends ChangeOptions {
  /** What a guest begins with, as an initial ramdisk of its own; needed for `cpio.gz`. */
  readonly guestRamdisk: Buffer | null;
}

/** Where a guest looks for an image that came with its ramdisk (native/guest/guest.h). */
const IMAGE_FOLDER = 'image';

/**
 * The image as one file of the store: made when it is first asked for, and again when the image or, for an initramfs, agent or kernel modules have changed.
 * Nobody may write to it. Throws `image-unavailable`.
 */
export async function writeOutput(
  store: ImageStore,
  image: StoredImage,
  format: OutputFormat,
  {guestRamdisk, onWait, signal}: OutputOptions,
): Promise<string> {
  switch (format) {
    case 'erofs':
      return await store.output(image, 'erofs', (path) => writeErofs(image, path, signal), {onWait, signal});
    case 'cpio.gz': {
      if (guestRamdisk === null) throw new TypeError('A ramdisk needs what a guest begins with.');
      const kind = `${createHash('sha256').update(guestRamdisk).digest('hex').slice(0, 16)}.cpio.gz`;
      const make = (path: string) =>
        pipeline(
          Readable.from(oneAfterTheOther([guestRamdisk], cpioArchive(image.rootDir, IMAGE_FOLDER))),
          createGzip(),
          createWriteStream(path, {mode: 0o644}),
          signal === undefined ? {} : {signal},
        );
      return await store.output(image, kind, make, {onWait, signal});
    }
    default:
      return format satisfies never;
  }
}

/** The kernel unpacks archives one after the other into the same root. */
async function* oneAfterTheOther(
  ...archives: readonly (Iterable<Uint8Array> | AsyncIterable<Uint8Array>)[]
): AsyncGenerator<Uint8Array> {
  for (const archive of archives) yield* archive;
}
