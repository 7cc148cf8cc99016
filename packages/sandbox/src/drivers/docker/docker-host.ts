import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';
import type {AbruptEnd, SandboxLimits} from '../../driver.ts';
import type {SandboxHost} from '../shared/agent-sandbox.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import type {ContainerCgroup} from './container-cgroup.ts';
import {type BoundableResources, containerBounds, hasOwnKernel, settable} from './container-options.ts';
import {removeContainer} from './remove-container.ts';
import {updateBounds} from './update-bounds.ts';

/** The daemon's part of one sandbox: its container. */
export class DockerHost implements SandboxHost {
  readonly containerId: string;
  readonly countsProcesses: boolean;
  /** Where the container is bounded, once that is known for certain. Without it the daemon is asked for everything. */
  cgroup: ContainerCgroup | null = null;
  readonly #docker: Docker;
  readonly #isPodman: boolean;
  readonly #runtime: string | undefined;
  readonly #canBound: BoundableResources;
  readonly #limits: SandboxLimits;
  readonly #onRemoved: (isCertain: boolean) => Promise<void>;

  constructor(parts: {
    readonly docker: Docker;
    readonly isPodman: boolean;
    readonly runtime: string | undefined;
    readonly canBound: BoundableResources;
    readonly countsProcesses: boolean;
    readonly containerId: string;
    readonly limits: SandboxLimits;
    /** Once; false when the daemon was not there to confirm it. */
    readonly onRemoved: (isCertain: boolean) => Promise<void>;
  }) {
    this.#docker = parts.docker;
    this.#isPodman = parts.isPodman;
    this.#runtime = parts.runtime;
    this.#canBound = parts.canBound;
    this.countsProcesses = parts.countsProcesses;
    this.containerId = parts.containerId;
    this.#limits = parts.limits;
    this.#onRemoved = parts.onRemoved;
  }

  /** Throws `isolation-failed` when a bound cannot be set. */
  async configure(limits: SandboxLimits): Promise<void> {
    refusePinnedCpu(limits);
    const {diskBytes} = this.#limits;
    if (limits.diskBytes !== diskBytes)
      throw failed(
        `diskBytes is ${diskBytes} since the container was made and cannot become ${limits.diskBytes}`,
      );
    const bounds = containerBounds(limits, this.#runtime);
    if (this.cgroup !== null && !hasOwnKernel(this.#runtime)) {
      this.cgroup.bound(bounds);
      return;
    }
    try {
      await updateBounds(this.#docker, this.containerId, {
        bounds: settable(bounds, this.#canBound),
        isPodman: this.#isPodman,
      });
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * A daemon that is gone can confirm nothing: its container is removed when it is back. It leaves the container running with a stream that does not
   * end, so what runs is ended here, or by the agent once it has heard nothing for a while.
   */
  async remove(): Promise<null> {
    let isCertain = false;
    try {
      await removeContainer(this.#docker, this.containerId);
      isCertain = true;
    } catch (error) {
      if (error instanceof SandglassError) throw error;
      this.cgroup?.kill();
    } finally {
      await this.#onRemoved(isCertain);
    }
    // The daemon's own figures take it up to a second.
    return null;
  }

  /**
   * Out of memory the kernel takes a program, which offers itself, and never the agent. The memory of a runtime's own kernel is that of one process:
   * the container ends with it.
   */
  abruptEnd(): AbruptEnd | null {
    const counts = hasOwnKernel(this.#runtime) ? (this.cgroup?.counts ?? null) : null;
    if (counts === null || counts.oomKills === 0) return null;
    const memoryPeakBytes = Math.min(counts.memoryPeakBytes, this.#limits.memoryBytes);
    return {...counts, memoryPeakBytes, stopReason: 'out-of-memory'};
  }
}

function failed(reason: string): SandglassError {
  return new SandglassError('isolation-failed', `Cannot set the limits of a container: ${reason}.`);
}
