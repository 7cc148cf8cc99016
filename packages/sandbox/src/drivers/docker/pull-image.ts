import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';
import {raceAbort} from '../../race-abort.ts';
import {hasImage} from './root-image.ts';

/** One line of the daemon's answer to a pull; it says more, which nobody needs here. */
interface PullProgress {
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
}

/** Fetches an image that the daemon does not have, telling how far it is. Throws `isolation-unavailable` with what the daemon says. */
export async function ensurePulled(
  docker: Docker,
  reference: string,
  {
    onProgress,
    signal,
  }: {readonly onProgress: (line: string) => void; readonly signal: AbortSignal | undefined},
): Promise<void> {
  if (await hasImage(docker, reference)) return;
  onProgress(`pulling ${reference}`);
  try {
    const answer: NodeJS.ReadableStream = await docker.pull(reference);
    const done = new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        answer,
        (error: Error | null) => (error === null ? resolve() : reject(error)),
        ({status, id, progress}: PullProgress) =>
          onProgress([reference, id, status, progress].filter((part) => part !== undefined).join(' ')),
      );
    });
    await raceAbort(done, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new SandglassError(
      'isolation-unavailable',
      `Cannot get the image ${reference} from its registry: ${error instanceof Error ? error.message : String(error)}. ` +
        'Check its name and the daemon\'s access to the registry, or load it with "docker load".',
      {cause: error},
    );
  }
}
