import {mkdir, open} from 'node:fs/promises';
import {join} from 'node:path';
import type {ImageBounds} from '../bounds.ts';
import {openRegular} from '../files/open-regular.ts';
import {isDamage, unpackArchive} from '../layer/unpack-archive.ts';
import {refused} from '../refusal.ts';
import {readTar, type TarEntry} from '../tar/read-tar.ts';

/** All that a layout with sha256 digests consists of (OCI image specification, image-layout.md). */
const MEMBER = /^(?:\.\/)*(oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/;

/** Members of an archive, whatever they are; each may be written again. */
const MAX_MEMBERS = 10_000;

/**
 * Takes the OCI layout out of an archive, gzip, zstd or plain, and puts it into `folder`, which must not exist. What a layout does not consist of stays behind,
 * so nothing is written anywhere else. Throws `image-refused`.
 */
export async function unpackLayout(
  path: string,
  folder: string,
  {
    bounds,
    onBytes,
    signal,
  }: {
    readonly bounds: ImageBounds;
    /** Bytes of the file that were read, and how many it has. */
    readonly onBytes: (done: number, total: number) => void;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), {recursive: true});
  const subject = `the archive ${path}`;
  try {
    await using file = await openRegular(path);
    const {size} = await file.stat();
    const {archive} = await unpackArchive(file, {
      subject,
      bounds,
      onPacked: (_bytes, sum) => onBytes(sum, size),
    });
    let members = 0;
    for await (const entry of readTar(archive)) {
      signal?.throwIfAborted();
      members += 1;
      if (members > MAX_MEMBERS)
        throw refused(`Cannot take ${subject}: it has more than ${MAX_MEMBERS} members.`);
      const name = entry.kind === 'file' ? MEMBER.exec(entry.name)?.[1] : undefined;
      if (name !== undefined) await write(entry, join(folder, name));
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw refused(`Cannot take ${subject}: it is not there.`, cause);
    if (isDamage(cause)) throw refused(`Cannot take ${subject}: it does not unpack.`, cause);
    throw cause;
  }
}

async function write({content}: TarEntry, path: string): Promise<void> {
  await using file = await open(path, 'w', 0o600);
  for await (const part of content) await file.writeFile(part);
}
