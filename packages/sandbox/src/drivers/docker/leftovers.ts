import type Docker from 'dockerode';
import {decodeIdentity, isCertainlyDead} from '../shared/worker-identity.ts';
import type {ContainerLedger} from './container-ledger.ts';
import {endRemains} from './host-remains.ts';
import {removeContainer} from './remove-container.ts';

/** On every container of ours: which worker it belongs to. */
export const WORKER_LABEL = 'sandglass.worker';

/**
 * Removes containers of workers that are certainly dead, never those of a living one: first those that the daemon knows, then what is left of those
 * that it does not.
 */
export async function removeLeftovers(
  docker: Docker,
  ledger: ContainerLedger,
  onLog: (line: string) => void,
): Promise<void> {
  const ours = await docker.listContainers({all: true, filters: {label: [WORKER_LABEL]}});
  const dead = ours.filter(({Labels}) => isOfDeadWorker(Labels[WORKER_LABEL]));
  await Promise.all(dead.map(({Id}) => removeContainer(docker, Id)));
  if (dead.length > 0) onLog(`removed ${dead.length} containers of workers that are gone`);
  await ledger.settleDeadWorkers(async (ids) => {
    await Promise.all(ids.map((id) => removeContainer(docker, id)));
    const ended = await endRemains(ids);
    if (ended > 0) onLog(`ended ${ended} processes of containers that the daemon did not know any more`);
  });
}

/** A label that cannot be read is of another version, whose workers may be alive. */
function isOfDeadWorker(label: string | undefined): boolean {
  const identity = decodeIdentity(label ?? '');
  return identity !== null && isCertainlyDead(identity);
}
