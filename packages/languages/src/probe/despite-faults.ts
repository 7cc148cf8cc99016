import {type ErrorCode, SandglassError} from '@sandglass/protocol';

/** Faults of the sandbox, not of the toolchain, that pass: a launcher that restarts, a machine too busy for its time bounds. */
const PASSING: readonly ErrorCode[] = ['sandbox-lost', 'launcher-lost', 'server-full'];
const MAX_TRIES = 3;

/** Does it again after a fault that passes, so that one lost sandbox does not fail the start. Throws the last fault. */
export async function despiteFaults<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      const passes = error instanceof SandglassError && PASSING.includes(error.code);
      if (!passes || tries === MAX_TRIES) throw error;
    }
  }
}
