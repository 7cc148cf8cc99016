import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {open} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';

/**
 * Holds a lock file until disposed. It is flock(2) on an open file, so the kernel frees it when this process ends in whatever way. flock(1)
 * locks the open file that it inherits, which stays locked after it has ended because we hold the same one; Node has no call for it.
 * A second one waits and `onWait` is called once. Throws the signal's reason when it aborts first.
 */
export async function lockStore(
  path: string,
  {onWait, signal}: {readonly onWait: () => void; readonly signal: AbortSignal | undefined},
): Promise<AsyncDisposable> {
  const file = await open(path, 'a', 0o600);
  try {
    if (!(await flock(file.fd, ['--exclusive', '--nonblock'], signal))) {
      onWait();
      if (!(await flock(file.fd, ['--exclusive'], signal))) throw new Error('flock failed');
    }
  } catch (cause) {
    await file.close();
    signal?.throwIfAborted();
    throw new SandglassError(
      'internal-error',
      `Cannot lock the image store by ${path}: ${String(cause)}. It takes flock(1) of util-linux.`,
      {cause},
    );
  }
  return {[Symbol.asyncDispose]: () => file.close()};
}

async function flock(
  fd: number,
  options: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const child = spawn('flock', [...options, '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
    ...(signal === undefined ? {} : {signal}),
  });
  const [code] = await once(child, 'exit');
  return code === 0;
}
