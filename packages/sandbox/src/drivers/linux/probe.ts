import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {SandglassError} from '@sandglass/protocol';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';

/** Trying every mechanism once takes some ten milliseconds; a kernel that hangs in one of them is told apart by this. */
const PROBED_WITHIN_MS = 20_000;

/** One isolation mechanism, as really tried on this host. */
export interface ProbedMechanism {
  readonly name: string;
  readonly available: boolean;
  /** Why it is missing; empty when available. */
  readonly reason: string;
  /** What to type or set to get it; empty when available. */
  readonly remedy: string;
}

const PROBE_SCHEMA = Type.Object({
  mechanisms: Type.Array(
    Type.Object({
      name: Type.String(),
      available: Type.Boolean(),
      reason: Type.String(),
      remedy: Type.String(),
    }),
  ),
});
const PROBE_VALIDATOR = Compile(PROBE_SCHEMA);

/** Tries every isolation mechanism on this host, in a throw-away child. Throws `isolation-unavailable` when that cannot be done. */
export async function probeLinux(options: {
  readonly nativeDir: string;
  readonly signal: AbortSignal | undefined;
}): Promise<readonly ProbedMechanism[]> {
  const launcherPath = join(options.nativeDir, 'sandglass-launcher');
  let facts: unknown;
  try {
    const {stdout} = await promisify(execFile)(launcherPath, ['--probe'], {
      env: {},
      timeout: PROBED_WITHIN_MS,
      killSignal: 'SIGKILL',
      ...(options.signal === undefined ? {} : {signal: options.signal}),
    });
    facts = JSON.parse(stdout);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot probe the isolation mechanisms with ${launcherPath}: ${String(error)}. Build it with "make -C native".`,
      {cause: error},
    );
  }
  if (!PROBE_VALIDATOR.Check(facts))
    throw new SandglassError(
      'isolation-unavailable',
      `${launcherPath} --probe answered in an unknown form. Install launcher and worker from the same release.`,
    );
  return facts.mechanisms;
}
