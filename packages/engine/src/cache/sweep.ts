import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';

/** After a sweep this share of the bound is in use, so that sweeps are rare. */
const KEPT_SHARE = 0.9;
/** A temporary file this old was left by a process that ended in the middle of a write. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedAtMs: number;
}

/** Removes the files used longest ago until the rest is within the bound, and temporary files that nobody will finish. */
export async function sweep(
  folder: string,
  {maxBytes, nowMs}: {readonly maxBytes: number; readonly nowMs: number},
): Promise<void> {
  const files = await storedFiles(folder);
  const isTemporary = (file: StoredFile) => file.path.endsWith('.tmp');
  const abandoned = files.filter((file) => isTemporary(file) && nowMs - file.usedAtMs > ABANDONED_AFTER_MS);
  for (const file of abandoned) await rm(file.path, {force: true});
  const records = files.filter((file) => !isTemporary(file)).sort((a, b) => a.usedAtMs - b.usedAtMs);
  let total = records.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= maxBytes) return;
  for (const file of records) {
    if (total <= maxBytes * KEPT_SHARE) return;
    await rm(file.path, {force: true});
    total -= file.bytes;
  }
}

async function storedFiles(folder: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // Another process may sweep at the same time.
    const facts = await stat(path).catch(() => null);
    if (facts !== null) files.push({path, bytes: facts.size, usedAtMs: facts.mtimeMs});
  }
  return files;
}
