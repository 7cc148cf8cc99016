import type Docker from 'dockerode';
import type {ContainerBounds} from './container-options.ts';

const PERIOD_US = 100_000;
const NANO_CPUS_PER_US = 1e9 / PERIOD_US;

/**
 * Sets the bounds of a container that runs. Podman's part of Docker's API has no such call in releases before 5; its own has, in the terms of
 * the OCI runtime specification. Throws what the daemon says.
 */
export async function updateBounds(
  docker: Docker,
  containerId: string,
  {bounds, isPodman}: {readonly bounds: Required<ContainerBounds>; readonly isPodman: boolean},
): Promise<void> {
  if (!isPodman) {
    await docker.getContainer(containerId).update(bounds);
    return;
  }
  const {Memory, MemorySwap, PidsLimit, NanoCpus} = bounds;
  const resources = {
    memory: {limit: Memory, swap: MemorySwap},
    pids: {limit: PidsLimit},
    cpu: {quota: Math.round((NanoCpus ?? 0) / NANO_CPUS_PER_US), period: PERIOD_US},
  };
  await new Promise<void>((resolve, reject) =>
    docker.modem.dial(
      {
        path: `/v4.0.0/libpod/containers/${encodeURIComponent(containerId)}/update`,
        method: 'POST',
        options: resources,
        statusCodes: {201: true, 200: true, 404: 'no such container', 500: 'server error'},
      },
      (error: Error | null) => (error === null ? resolve() : reject(error)),
    ),
  );
}
