import type Docker from 'dockerode';
import type {ContainerBounds} from './container-options.ts';
import {CPU_PERIOD_US, cpuQuotaUs} from './cpu-quota.ts';

/**
 * Has the daemon set the bounds of a container that runs. Podman's part of Docker's API has no such call in releases before 5; its own has, in the
 * terms of the OCI runtime specification. Throws what the daemon says.
 */
export async function updateBounds(
  docker: Docker,
  containerId: string,
  {bounds, isPodman}: {readonly bounds: ContainerBounds; readonly isPodman: boolean},
): Promise<void> {
  // A daemon that can bound nothing: `weaker` says so.
  if (Object.keys(bounds).length === 0) return;
  if (!isPodman) {
    await docker.getContainer(containerId).update(bounds);
    return;
  }
  const {Memory, MemorySwap, PidsLimit, NanoCpus} = bounds;
  const resources = {
    ...(Memory === undefined ? {} : {memory: {limit: Memory, swap: MemorySwap}}),
    ...(PidsLimit === undefined ? {} : {pids: {limit: PidsLimit}}),
    ...(NanoCpus === undefined ? {} : {cpu: {quota: cpuQuotaUs(NanoCpus), period: CPU_PERIOD_US}}),
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
