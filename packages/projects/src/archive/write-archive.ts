import {buffer} from 'node:stream/consumers';
import {ZipFile} from 'yazl';
import type {Project} from '../project.ts';

/** Settings travel in a file of this name; it is no file of the program. */
export const SETTINGS_FILE = 'sandglass.project.json';

/** The project as a zip archive: its files, and its settings beside them. */
export async function writeArchive({name, settings, files}: Project): Promise<Buffer> {
  const zip = new ZipFile();
  // The same project gives the same bytes.
  const options = {mtime: new Date(Date.UTC(2000, 0, 1)), mode: 0o100644};
  for (const {path, content} of files) zip.addBuffer(Buffer.from(content), path, options);
  zip.addBuffer(Buffer.from(`${JSON.stringify({name, ...settings}, null, 2)}\n`), SETTINGS_FILE, options);
  zip.end();
  return await buffer(zip.outputStream);
}
