import {readFile, rename, writeFile} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';
import {Compile} from 'typebox/compile';

/** Debian Policy 5.6.1. */
export const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/** Every package of an image with its version, so that a later build makes the same image or says that it cannot. */
const schema = Type.Object(
  {
    format: Type.Literal(1),
    variant: Type.String(),
    suite: Type.String(),
    architecture: Type.String(),
    /** Seconds; no file of the image is newer, so that the day of the build is no part of it (reproducible-builds.org). */
    sourceDateEpoch: Type.Integer({minimum: 0}),
    /** Packages that were asked for beside those of the variant, in the order of their names; left out when there were none. */
    with: Type.Optional(
      Type.Array(Type.String({pattern: PACKAGE_NAME.source}), {minItems: 1, uniqueItems: true}),
    ),
    packages: Type.Record(Type.String(), Type.String({pattern: '^[0-9A-Za-z.+:~-]+$'})),
  },
  {additionalProperties: false},
);
const validator = Compile(schema);

export type DebianLock = Static<typeof schema>;

/** Null when there is no such file. Throws `configuration-invalid` for one that is no lock file. */
export async function readLock(path: string): Promise<DebianLock | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    const lock: unknown = JSON.parse(text);
    if (validator.Check(lock)) return lock;
  } catch (cause) {
    throw invalid(path, cause);
  }
  throw invalid(path, undefined);
}

export async function writeLock(path: string, lock: DebianLock): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(lock, null, 2)}\n`, {mode: 0o644});
  await rename(`${path}.new`, path);
}

/** Where an image differs from what its lock file says, in words; empty when nowhere. */
export function lockDifferences(
  lock: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  const names = [...new Set([...Object.keys(lock), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const [locked, installed] = [lock[name], found[name]];
    if (locked === installed) return [];
    if (locked === undefined) return [`${name} ${installed} is new`];
    return [
      installed === undefined
        ? `${name} ${locked} is not there`
        : `${name} should be ${locked} and is ${installed}`,
    ];
  });
}

function invalid(path: string, cause: unknown): SandglassError {
  return new SandglassError(
    'configuration-invalid',
    `Cannot read the lock file ${path}: it is none of this version. Build with --update to write it anew.`,
    {cause},
  );
}
