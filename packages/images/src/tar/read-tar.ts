/**
 * Tar as it comes from strangers (POSIX ustar and pax, GNU long names). Nothing is written here: entries are told one by one, with
 * names as bytes-checked text but not yet judged as paths, and everything that is held in memory is bounded.
 */
import {refused} from '../refusal.ts';
import {ByteReader} from './byte-reader.ts';
import {type PaxRecords, readPaxRecords} from './pax-records.ts';
import {BLOCK_BYTES, readHeader, type TarHeader} from './tar-header.ts';

export type TarEntryKind = 'file' | 'hard-link' | 'link' | 'directory' | 'device' | 'fifo';

export interface TarEntry {
  readonly kind: TarEntryKind;
  /** As the archive has it, valid UTF-8. */
  readonly name: string;
  /** Of links, else empty. */
  readonly linkName: string;
  /** As the archive has it, with set-id bits. */
  readonly mode: number;
  readonly bytes: number;
  readonly modifiedAtS: number;
  /** A file's bytes; to be read before the next entry is asked for, or left alone. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Names and links longer than any path that Linux takes (PATH_MAX 4096) with room for the other keywords. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

const KINDS: Readonly<Record<string, TarEntryKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'link',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'fifo',
};

/** The entries of an archive in order; the source is read to its end. Throws `image-refused` for what is no sound tar. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  try {
    for (let pax: PaxRecords = {}; ; ) {
      const block = await reader.read(BLOCK_BYTES);
      const header = block === null ? null : readHeader(block);
      if (header === null) break;
      const extension = await readExtension(reader, header);
      if (extension !== null) {
        pax = {...pax, ...extension};
        continue;
      }
      yield* oneEntry(reader, header, pax);
      pax = {};
    }
    // Padding, and the second block of zeros.
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** What a header says about the entry after it; null when it is an entry itself. */
async function readExtension(reader: ByteReader, {type, size}: TarHeader): Promise<PaxRecords | null> {
  if (!['x', 'g', 'L', 'K'].includes(type)) return null;
  if (size > MAX_EXTENSION_BYTES)
    throw refused(
      `Cannot read the archive: an extended header has ${size} bytes, at most ${MAX_EXTENSION_BYTES} are taken.`,
    );
  const data = (await reader.read(size)) ?? Buffer.alloc(0);
  await reader.skip(padding(size));
  switch (type) {
    case 'x':
      return readPaxRecords(data);
    case 'L':
      return {path: untilNul(data)};
    case 'K':
      return {linkpath: untilNul(data)};
    default:
      // Global records are comments in practice, such as git's commit id; none of ours may come from them.
      return {};
  }
}

async function* oneEntry(reader: ByteReader, header: TarHeader, pax: PaxRecords): AsyncGenerator<TarEntry> {
  const kind = KINDS[header.type];
  if (kind === undefined)
    throw refused(
      `Cannot read the archive: an entry has type ${JSON.stringify(header.type)}, which is not taken.`,
    );
  const name = decode(pax.path ?? header.name);
  // Old archives mark a folder by its name only.
  const isFolder = kind === 'directory' || (kind === 'file' && name.endsWith('/'));
  const size = kind === 'file' ? (pax.size ?? header.size) : 0;
  let unread = size;
  const content = async function* () {
    for await (const part of reader.parts(unread)) {
      unread -= part.length;
      yield part;
    }
  };
  yield {
    kind: isFolder ? 'directory' : kind,
    name,
    linkName: kind === 'link' || kind === 'hard-link' ? decode(pax.linkpath ?? header.linkName) : '',
    mode: header.mode,
    bytes: isFolder ? 0 : size,
    modifiedAtS: header.modifiedAtS,
    content: content(),
  };
  await reader.skip(unread + padding(size));
}

const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw refused(
      `Cannot read the archive: the name ${JSON.stringify(bytes.toString('latin1').slice(0, 100))} is not valid UTF-8.`,
      cause,
    );
  }
}

function untilNul(data: Buffer): Buffer {
  const end = data.indexOf(0);
  return end < 0 ? data : data.subarray(0, end);
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
}
