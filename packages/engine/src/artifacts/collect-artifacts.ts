import {type Artifact, SandglassError} from '@sandglass/protocol';
import type {FileEntry, Sandbox} from '@sandglass/sandbox';
import {Glob} from '../glob.ts';

/** Bounds of what comes back with a result: it is part of one JSON document. */
export const MAX_ARTIFACTS = 100;
export const MAX_ARTIFACT_BYTES = 8 * 1024 * 1024;
export const MAX_ARTIFACTS_BYTES = 16 * 1024 * 1024;

/** Entries that are looked at: a program may leave more behind than anybody wants to know. */
const MAX_LISTED = 10_000;
const MAX_DEPTH = 32;
/** Fifty patterns and ten thousand names made to be slow together would hold up everybody else's runs for minutes. */
const MAX_MATCHING_STEPS = 10_000_000;
const OWN_FOLDER = '.sandglass/';

/**
 * Reads the regular files in the working directory that match one of the globs, in order of their paths. Past a bound a file
 * comes cut and marked `truncated`; files past the number are left out. What the program made of the directory is hostile: the agent
 * follows no link and opens nothing but regular files, and a file that cannot be read is left out.
 */
export async function collectArtifacts(sandbox: Sandbox, globs: readonly string[]): Promise<Artifact[]> {
  if (globs.length === 0) return [];
  const artifacts: Artifact[] = [];
  let left = MAX_ARTIFACTS_BYTES;
  for (const {path} of await matching(sandbox, globs)) {
    if (artifacts.length === MAX_ARTIFACTS) break;
    const read = await readRegularFile(sandbox, path, Math.min(left, MAX_ARTIFACT_BYTES));
    if (read === null) continue;
    left -= read.content.length;
    artifacts.push({
      path,
      contentBase64: Buffer.from(read.content).toString('base64'),
      truncated: read.isTruncated,
    });
  }
  return artifacts;
}

interface ReadFile {
  readonly content: Uint8Array;
  readonly isTruncated: boolean;
}

async function matching(sandbox: Sandbox, patterns: readonly string[]): Promise<FileEntry[]> {
  const globs = patterns.map((pattern) => new Glob(pattern));
  const work = {stepsLeft: MAX_MATCHING_STEPS};
  const entries = await listFiles(sandbox);
  return entries
    .filter(({kind, path}) => kind === 'file' && !path.startsWith(OWN_FOLDER))
    .filter(({path}) => globs.some((glob) => glob.matches(path, work)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A program may lock everybody out of its own directory: then there is nothing to collect, and that is its doing. */
async function listFiles(sandbox: Sandbox): Promise<FileEntry[]> {
  try {
    return (await sandbox.listFiles('', {maxEntries: MAX_LISTED, maxDepth: MAX_DEPTH})).entries;
  } catch (error) {
    if (isUnavailable(error)) return [];
    throw error;
  }
}

async function readRegularFile(sandbox: Sandbox, path: string, maxBytes: number): Promise<ReadFile | null> {
  try {
    return await sandbox.readFile(path, {maxBytes});
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SandglassError && error.code === 'file-unavailable';
}
