import {createHash} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import {readFile} from 'node:fs/promises';
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
  /** The agent's program, which an initramfs starts as /init. */
  readonly agentPath: string;
}

const AGENT_MODE = 0o755;

/**
 * The image as one file of the store: made when it is first asked for, and again when the image or, for an initramfs, the agent has changed.
 * Nobody may write to it. Throws `image-unavailable`.
 */
export async function writeOutput(
  store: ImageStore,
  image: StoredImage,
  format: OutputFormat,
  {agentPath, onWait, signal}: OutputOptions,
): Promise<string> {
  switch (format) {
    case 'erofs':
      return await store.output(image, 'erofs', (path) => writeErofs(image, path, signal), {onWait, signal});
    case 'cpio.gz': {
      const agent = await readFile(agentPath);
      const kind = `${createHash('sha256').update(agent).digest('hex').slice(0, 16)}.cpio.gz`;
      const make = (path: string) =>
        pipeline(
          Readable.from(cpioArchive(image.rootDir, [{name: 'init', mode: AGENT_MODE, content: agent}])),
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
