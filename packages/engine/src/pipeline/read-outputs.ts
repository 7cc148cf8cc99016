import {posix} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {FileEntry, Sandbox, SandboxFile} from '@sandglass/sandbox';
import {Glob, hasWildcard} from '../glob.ts';

/** Bounds of what is carried from a compile to a run: it is held in memory, and in the cache. */
export const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_OUTPUT_FILES = 4096;
const MAX_OUTPUT_DEPTH = 32;
/** Reads under way at once; each is a round trip to the agent. */
const READS_AT_ONCE = 16;
/** Permission bits only: set-user-id and the like have no place in a sandbox. */
const MODE_MASK = 0o777;

export type Outputs =
  | {readonly kind: 'files'; readonly files: readonly SandboxFile[]}
  | {readonly kind: 'missing'}
  | {readonly kind: 'too-large'};

/** Reads what a compile plan declared as its outputs: every regular file that matches. `missing` when one of them is not there. */
export async function readOutputs(sandbox: Sandbox, outputs: readonly string[]): Promise<Outputs> {
  try {
    return await readMatches(sandbox, outputs);
  } catch (error) {
    // A folder that was not made, or a file that cannot be read: the sources and options decided that, not a fault of ours.
    if (error instanceof SandglassError && error.code === 'file-unavailable') return {kind: 'missing'};
    throw error;
  }
}

async function readMatches(sandbox: Sandbox, outputs: readonly string[]): Promise<Outputs> {
  const found = new Map<string, FileEntry>();
  for (const output of outputs) {
    const listing = await matches(sandbox, output);
    if (listing.isTruncated) return {kind: 'too-large'};
    if (listing.entries.length === 0) return {kind: 'missing'};
    for (const entry of listing.entries) found.set(entry.path, entry);
  }
  const total = [...found.values()].reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (total > MAX_OUTPUT_BYTES) return {kind: 'too-large'};
  return await readAll(sandbox, [...found.values()]);
}

async function matches(
  sandbox: Sandbox,
  output: string,
): Promise<{readonly entries: readonly FileEntry[]; readonly isTruncated: boolean}> {
  const folder = fixedFolder(output);
  const isDeep = output.slice(folder.length + 1).includes('/') || output.includes('**');
  const listing = await sandbox.listFiles(folder, {
    maxEntries: MAX_OUTPUT_FILES,
    maxDepth: isDeep ? MAX_OUTPUT_DEPTH : 1,
  });
  const glob = new Glob(output);
  // The pattern is a recipe's, so this is never used up.
  const work = {stepsLeft: Number.POSITIVE_INFINITY};
  const entries = listing.entries
    .filter((entry) => entry.kind === 'file')
    .map((entry) => ({...entry, path: posix.join(folder, entry.path)}))
    .filter((entry) => glob.matches(entry.path, work));
  return {entries, isTruncated: listing.isTruncated};
}

/** The longest leading part of a pattern that has no wildcard and is not its last name. */
function fixedFolder(output: string): string {
  const names = output.split('/').slice(0, -1);
  const firstWild = names.findIndex(hasWildcard);
  return names.slice(0, firstWild === -1 ? names.length : firstWild).join('/');
}

/** Sizes are looked at again while reading: what the listing said may no longer be true. */
async function readAll(sandbox: Sandbox, entries: readonly FileEntry[]): Promise<Outputs> {
  const files: SandboxFile[] = [];
  let left = MAX_OUTPUT_BYTES;
  for (let from = 0; from < entries.length; from += READS_AT_ONCE) {
    const part = entries.slice(from, from + READS_AT_ONCE);
    const read = await Promise.all(
      part.map(({path, sizeBytes}) => sandbox.readFile(path, {maxBytes: Math.max(1, sizeBytes)})),
    );
    for (const [index, {content, isTruncated}] of read.entries()) {
      const entry = part[index];
      left -= content.length;
      if (entry === undefined || isTruncated || left < 0) return {kind: 'too-large'};
      files.push({path: entry.path, content, mode: entry.mode & MODE_MASK});
    }
  }
  return {kind: 'files', files};
}
