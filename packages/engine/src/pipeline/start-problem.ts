import type {Limits} from '@sandglass/protocol';
import {SandglassError} from '@sandglass/protocol';
import type {SandboxFile} from '@sandglass/sandbox';

/** Why a program was not started although the sandbox works: the request itself is the reason. */
export type StartProblem = 'no-room' | 'no-program';

/** tmpfs keeps whole pages (tmpfs(5)). */
const PAGE_BYTES = 4096;

/** Steps of the agent by which it lays files down, with the error of a full file system, as the agent client words them. */
const NO_ROOM = / in the sandbox: (?:write-open|write-data|make-directory|path)\b.*: ENOSPC, /;

/** Space that files take in a sandbox before a program has written anything, in bytes. */
export function diskNeed(files: readonly Pick<SandboxFile, 'content'>[]): number {
  return files.reduce((sum, {content}) => sum + Math.ceil(content.length / PAGE_BYTES) * PAGE_BYTES, 0);
}

/** True when it is clear beforehand that the files do not fit into the stage's disk space. */
export function isTooLarge(files: readonly SandboxFile[], {diskBytes}: Pick<Limits, 'diskBytes'>): boolean {
  return diskNeed(files) > diskBytes;
}

/**
 * Tells what a request did from what is a fault of ours (null) when its program could not be started. Its files may need more
 * inodes than the disk limit leaves, which only the sandbox knows. And compiler options may make something that is no program (`-c`
 * makes an object file); a program of the toolchain, named by its absolute path, that cannot be started is ours.
 */
export function startProblem(error: unknown, argv: readonly string[]): StartProblem | null {
  if (!(error instanceof SandglassError) || error.code !== 'exec-failed') return null;
  if (NO_ROOM.test(error.message)) return 'no-room';
  return argv[0]?.startsWith('./') ? 'no-program' : null;
}
