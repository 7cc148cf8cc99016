import {SandglassError} from '@sandglass/protocol';
import type Docker from 'dockerode';
import type {AbruptEnd, SandboxLimits} from '../../driver.ts';
import type {SandboxHost} from '../shared/agent-sandbox.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import {containerBounds} from './container-options.ts';
import {removeContainer} from './remove-container.ts';
import {updateBounds} from './update-bounds.ts';

/** The daemon's part of one sandbox: its container. */
export class DockerHost implements SandboxHost {
  readonly containerId: string;
  readonly countsProcesses: boolean;
  readonly #docker: Docker;
  readonly #isPodman: boolean;
  readonly #runtime: string | undefined;
  readonly #diskBytes: number;
  readonly #onRemoved: (isCertain: boolean) => void;

  constructor(parts: {
    readonly docker: Docker;
    readonly isPodman: boolean;
    readonly runtime: string | undefined;
    readonly countsProcesses: boolean;
    readonly containerId: string;
    readonly limits: SandboxLimits;
    /** Once; false when the daemon was not there to confirm it. */
    readonly onRemoved: (isCertain: boolean) => void;
  }) {
    this.#docker = parts.docker;
    this.#isPodman = parts.isPodman;
    this.#runtime = parts.runtime;
    this.countsProcesses = parts.countsProcesses;
    this.containerId = parts.containerId;
    this.#diskBytes = parts.limits.diskBytes;
    this.#onRemoved = parts.onRemoved;
  }

  /** Throws `isolation-failed` when a bound cannot be set. */
  async configure(limits: SandboxLimits): Promise<void> {
    refusePinnedCpu(limits);
    if (limits.diskBytes !== this.#diskBytes)
      throw failed(
        `diskBytes is ${this.#diskBytes} since the container was made and cannot become ${limits.diskBytes}`,
      );
    try {
      await updateBounds(this.#docker, this.containerId, {
        bounds: containerBounds(limits, this.#runtime),
        isPodman: this.#isPodman,
      });
    } catch (error) {
      throw failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** A daemon that is gone can confirm nothing: its container is removed when it is back, and no container outlives its attached stream. */
  async remove(): Promise<null> {
    let isCertain = false;
    try {
      await removeContainer(this.#docker, this.containerId);
      isCertain = true;
    } catch (error) {
      if (error instanceof SandglassError) throw error;
    } finally {
      this.#onRemoved(isCertain);
    }
    // The daemon's own figures take it up to a second.
    return null;
  }

  /** Out of memory the kernel takes a program, which offers itself, and never the agent; of a runtime's own kernel, nobody tells why it ended. */
  abruptEnd(): AbruptEnd | null {
    return null;
  }
}

function failed(reason: string): SandglassError {
  return new SandglassError('isolation-failed', `Cannot set the limits of a container: ${reason}.`);
}
