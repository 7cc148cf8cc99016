import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RootEntry} from '../shared/root-plan.ts';

/** The entries as a folder below `roots`, named by their digest. Made beside it and renamed, so that it is complete whenever it is there. */
export async function ensureRootFolder(roots: string, entries: readonly RootEntry[]): Promise<string> {
  const folder = join(roots, digestOf(entries));
  if (existsSync(folder)) return folder;
  await mkdir(roots, {recursive: true, mode: 0o700});
  const draft = await mkdtemp(join(roots, 'draft-'));
  try {
    for (const entry of entries) await make(draft, entry);
    await chmod(draft, 0o755);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, {recursive: true, force: true});
    // Another worker was faster with the same.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function make(root: string, entry: RootEntry): Promise<void> {
  const path = join(root, entry.path);
  switch (entry.kind) {
    case 'directory':
      await mkdir(path, {recursive: true});
      await chmod(path, entry.mode);
      return;
    case 'link':
      await symlink(entry.destination, path);
      return;
    case 'file':
      await writeFile(path, entry.content);
      await chmod(path, entry.mode);
      return;
    default:
      entry satisfies never;
  }
}

function digestOf(entries: readonly RootEntry[]): string {
  const text = (entry: RootEntry): string =>
    JSON.stringify(
      'content' in entry ? {...entry, content: Buffer.from(entry.content).toString('base64')} : entry,
    );
  return createHash('sha256').update(entries.map(text).join('\n')).digest('hex').slice(0, 32);
}
