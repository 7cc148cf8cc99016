import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';
import type {AbruptEnd, SandboxLimits} from '../../driver.ts';
import type {SandboxHost} from '../shared/agent-sandbox.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import type {ContainerCgroup, ContainerCounts} from './container-cgroup.ts';
import {
  type BoundableResources,
  containerBounds,
  hasOwnKernel,
  isGvisor,
  settable,
} from './container-options.ts';
import {canReadKernelLog, wasKilledOutOfMemory} from './kernel-log.ts';
import {removeContainer} from './remove-container.ts';
import {updateBounds} from './update-bounds.ts';

/** How old the figures of a container may be that has ended: what its cgroup has counted goes with it. */
const LOOKED_AT_EVERY_MS = 250;

/** The daemon's part of one sandbox: its container. */
export class DockerHost implements SandboxHost {
  readonly containerId: string;
  readonly countsProcesses: boolean;
  readonly #docker: Docker;
  readonly #isPodman: boolean;
  readonly #runtime: string | undefined;
  readonly #canBound: BoundableResources;
  readonly #limits: SandboxLimits;
  readonly #onRemoved: (isCertain: boolean) => Promise<void>;
  #cgroup: ContainerCgroup | null = null;
  #counts: ContainerCounts | null = null;
  #pids: ReadonlySet<number> = new Set();
  readonly #sinceMs = Number(process.hrtime.bigint() / 1_000_000n);
  #looking: NodeJS.Timeout | undefined;

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

  /** Where the container is bounded, once that is known for certain. Without it the daemon is asked for everything. */
  set cgroup(cgroup: ContainerCgroup | null) {
    this.#cgroup = cgroup;
    if (cgroup === null || !this.#canDieOutOfMemory) return;
    const look = (): void => {
      this.#counts = cgroup.counts ?? this.#counts;
      const {pids} = cgroup;
      if (pids.length > 0) this.#pids = new Set(pids);
    };
    look();
    this.#looking = setInterval(look, LOOKED_AT_EVERY_MS).unref();
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
    if (this.#cgroup !== null && !hasOwnKernel(this.#runtime)) {
      this.#cgroup.bound(bounds);
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
    clearInterval(this.#looking);
    try {
      await removeContainer(this.#docker, this.containerId);
      isCertain = true;
    } catch (error) {
      if (error instanceof SandglassError) throw error;
      this.#cgroup?.kill();
    } finally {
      await this.#onRemoved(isCertain);
    }
    // The daemon's own figures take it up to a second.
    return null;
  }

  /**
   * Out of memory the kernel takes a program, which offers itself, and never the agent. With gVisor it takes what holds the container up: everything in it
   * ends.
   */
  abruptEnd(): AbruptEnd | null {
    if (this.#cgroup === null || !this.#canDieOutOfMemory) return null;
    if (!wasKilledOutOfMemory({id: this.containerId, pids: this.#pids, sinceMs: this.#sinceMs})) return null;
    const {memoryBytes} = this.#limits;
    return {
      stopReason: 'out-of-memory',
      oomKills: 1,
      // It had come to its bound.
      memoryPeakBytes: memoryBytes,
      cpuTimeMs: this.#counts?.cpuTimeMs ?? 0,
    };
  }

  get #canDieOutOfMemory(): boolean {
    return isGvisor(this.#runtime) && canReadKernelLog();
  }
}

function failed(reason: string): SandglassError {
  return new SandglassError('isolation-failed', `Cannot set the limits of a container: ${reason}.`);
}
