import type Docker from 'dockerode';
import {decodeIdentity, isCertainlyDead} from '../shared/worker-identity.ts';
import {removeContainer} from './remove-container.ts';

/** On every container of ours: which worker it belongs to. */
export const WORKER_LABEL = 'sandglass.worker';

/** Removes containers of workers that are certainly dead, never those of a living one. Returns how many there were. */
export async function removeLeftovers(docker: Docker, isAbandoned: (id: string) => boolean): Promise<number> {
  const ours = await docker.listContainers({all: true, filters: {label: [WORKER_LABEL]}});
  const dead = ours.filter(({Id, Labels}) => isAbandoned(Id) || isOfDeadWorker(Labels[WORKER_LABEL]));
  await Promise.all(dead.map(({Id}) => removeContainer(docker, Id)));
  return dead.length;
}

/** A label that cannot be read is of another version, whose workers may be alive. */
function isOfDeadWorker(label: string | undefined): boolean {
  const identity = decodeIdentity(label ?? '');
  return identity !== null && isCertainlyDead(identity);
}
