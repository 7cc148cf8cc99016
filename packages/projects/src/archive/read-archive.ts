import {buffer} from 'node:stream/consumers';
import {SandglassError} from '@sandglass/protocol';
import {type Entry, fromBufferPromise, type ZipFile} from 'yauzl';
import type {ProjectFile} from '../project.ts';
import {SETTINGS_FILE} from './write-archive.ts';

export interface ArchiveBounds {
  /** Of all files together after unpacking, in bytes. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export interface Archive {
  readonly files: readonly ProjectFile[];
  /** What the settings file holds, not looked at yet; null without one. */
  readonly settings: unknown;
}

/** Upper half of a zip entry's external attributes: the mode of a file made on Unix (APPNOTE 4.4.15). */
const MODE_SHIFT = 16;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const ENCRYPTED = 1;

/**
 * Unpacks a zip archive in memory. Everything that could be meant badly is refused with the entry and the reason: names that lead elsewhere,
 * links, devices, encryption, more files or bytes than allowed. Sizes are counted while unpacking, so an archive cannot lie about them.
 * Throws `archive-refused`.
 */
export async function readArchive(bytes: Buffer, bounds: ArchiveBounds): Promise<Archive> {
  const zip = await open(bytes);
  const files: ProjectFile[] = [];
  let settings: unknown = null;
  let left = bounds.maxBytes;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      refuseEntry(entry);
      if (entry.uncompressedSize > left) throw tooLarge(entry.fileName, bounds);
      const content = await buffer(await zip.openReadStreamPromise(entry));
      left -= content.length;
      if (entry.fileName === SETTINGS_FILE) settings = parseSettings(content);
      else files.push({path: entry.fileName, content});
      if (files.length > bounds.maxFiles) throw refused(`it has more than ${bounds.maxFiles} files`);
    }
  } catch (error) {
    if (error instanceof SandglassError) throw error;
    // yauzl checks names ("..", absolute, backslashes), structure, sizes and checksums, and says which.
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
  return {files, settings};
}

async function open(bytes: Buffer): Promise<ZipFile> {
  try {
    return await fromBufferPromise(bytes, {
      lazyEntries: true,
      validateEntrySizes: true,
      strictFileNames: true,
    });
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error), error);
  }
}

function refuseEntry({fileName, externalFileAttributes, generalPurposeBitFlag}: Entry): void {
  const type = (externalFileAttributes >>> MODE_SHIFT) & FILE_TYPE;
  // Archives made on Windows say nothing of a type.
  if (type !== 0 && type !== REGULAR)
    throw refused(`"${fileName}" is a link or a device, and only files and folders are taken`);
  if ((generalPurposeBitFlag & ENCRYPTED) !== 0) throw refused(`"${fileName}" is encrypted`);
}

function parseSettings(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw refused(`"${SETTINGS_FILE}" is not JSON`, error);
  }
}

function tooLarge(name: string, {maxBytes}: ArchiveBounds): SandglassError {
  return refused(`with "${name}" its files would pass ${maxBytes} bytes when unpacked`);
}

function refused(reason: string, cause?: unknown): SandglassError {
  return new SandglassError('archive-refused', `Cannot take the archive: ${reason}.`, {cause});
}
