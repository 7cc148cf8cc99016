import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';

/** Killing and removing takes some tenths of a second; a daemon with much to do takes longer. */
const REMOVED_WITHIN_MS = 20_000;
const POLL_MS = 25;

const NOT_FOUND = 404;
/** Somebody, perhaps the daemon itself, is removing it already. */
const CONFLICT = 409;

/** Kills and removes a container; resolves when the daemon knows it no more. Throws `sandbox-lost` when that takes too long. */
export async function removeContainer(docker: Docker, id: string): Promise<void> {
  const giveUpAt = performance.now() + REMOVED_WITHIN_MS;
  for (;;) {
    try {
      await docker.getContainer(id).remove({force: true, v: true});
      return;
    } catch (error) {
      const {statusCode} = error as {readonly statusCode?: number};
      if (statusCode === NOT_FOUND) return;
      if (statusCode !== CONFLICT) throw error;
    }
    if (performance.now() > giveUpAt)
      throw new SandglassError(
        'sandbox-lost',
        `Container ${id} was not removed within ${REMOVED_WITHIN_MS} ms. Look at the daemon's log, and remove it with "docker rm -f ${id}".`,
      );
    await delay(POLL_MS);
  }
}
