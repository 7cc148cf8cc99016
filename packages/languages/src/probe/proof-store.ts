import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Versions proven at an earlier start, by a key that changes with everything the proof depends on. */
export interface ProofStore {
  version(key: string): string | undefined;
  remember(key: string, version: string): void;
  /** Writes what was remembered, and drops what this start did not ask for. */
  save(): Promise<void>;
}

/**
 * Opens the proofs kept in a folder. Only successes are kept: a failure may have had a passing cause, so it is tried again at each
 * start. A missing or unreadable file is an empty store: everything is proven anew.
 */
export async function openProofStore(folder: string): Promise<ProofStore> {
  const path = join(folder, 'language-proofs.json');
  const earlier = await readProofs(path);
  const used = new Map<string, string>();
  return {
    version: (key) => {
      const version = earlier.get(key);
      if (version !== undefined) used.set(key, version);
      return version;
    },
    remember: (key, version) => {
      used.set(key, version);
    },
    save: async () => {
      const isUnchanged = used.size === earlier.size && [...used.keys()].every((key) => earlier.has(key));
      if (isUnchanged) return;
      await mkdir(folder, {recursive: true, mode: 0o700});
      // Renamed into place: a reader at the same time sees the old proofs or the new ones, never half a file.
      const draft = `${path}.${process.pid}`;
      await writeFile(draft, JSON.stringify(Object.fromEntries(used)), {mode: 0o600});
      await rename(draft, path);
    },
  };
}

async function readProofs(path: string): Promise<ReadonlyMap<string, string>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof content !== 'object' || content === null) return new Map();
    return new Map(
      Object.entries(content).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    // Absent at the first start, or damaged: either way the proofs are made again.
    return new Map();
  }
}
