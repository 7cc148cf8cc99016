import {rm} from 'node:fs/promises';
import {SandglassError} from '@sandglass/protocol';
import type {AbruptEnd, SandboxLimits, SandboxUsage} from '../../driver.ts';
import type {SandboxHost} from '../shared/agent-sandbox.ts';
import {refusePinnedCpu} from '../shared/refuse-pinned-cpu.ts';
import type {RunscProcess} from './runsc-process.ts';
import type {SandboxCgroup} from './sandbox-cgroup.ts';

/** The host's part of one gVisor sandbox: its processes, its cgroup where there is one, its folder. */
export class GvisorHost implements SandboxHost {
  readonly countsProcesses = false;
  readonly #process: RunscProcess;
  readonly #cgroup: SandboxCgroup | null;
  readonly #folder: string;
  readonly #limits: SandboxLimits;
  readonly #onRemoved: () => void;
  #memoryBytes: number;

  constructor(parts: {
    readonly process: RunscProcess;
    readonly cgroup: SandboxCgroup | null;
    readonly folder: string;
    readonly limits: SandboxLimits;
    readonly onRemoved: () => void;
  }) {
    this.#process = parts.process;
    this.#cgroup = parts.cgroup;
    this.#folder = parts.folder;
    this.#limits = parts.limits;
    this.#memoryBytes = parts.limits.memoryBytes;
    this.#onRemoved = parts.onRemoved;
  }

  /** Once the agent runs: what was taken until now is the sandbox's own. */
  boundProgram(): void {
    this.#cgroup?.noteStart();
    this.#cgroup?.bound(this.#limits);
  }

  async configure(limits: SandboxLimits): Promise<void> {
    refusePinnedCpu(limits);
    if (limits.diskBytes !== this.#limits.diskBytes)
      throw new SandglassError(
        'isolation-failed',
        `Cannot set the limits of a gVisor sandbox: diskBytes is ${this.#limits.diskBytes} since it was made and cannot become ${limits.diskBytes}.`,
      );
    this.#cgroup?.bound(limits);
    this.#memoryBytes = limits.memoryBytes;
  }

  async remove(): Promise<SandboxUsage | null> {
    try {
      const usage = this.#cgroup?.usage ?? null;
      await this.#process.kill();
      await this.#cgroup?.remove();
      await rm(this.#folder, {recursive: true, force: true});
      return usage;
    } finally {
      this.#onRemoved();
    }
  }

  /** The guest's memory is the sentry's: out of it, the kernel takes the sentry and with it everything. */
  abruptEnd(): AbruptEnd | null {
    const {oomKills, cpuTimeMs, memoryPeakBytes} = this.#cgroup?.usage ?? {
      oomKills: 0,
      cpuTimeMs: 0,
      memoryPeakBytes: 0,
    };
    if (oomKills === 0) return null;
    return {
      stopReason: 'out-of-memory',
      oomKills,
      cpuTimeMs,
      memoryPeakBytes: Math.min(memoryPeakBytes, this.#memoryBytes),
    };
  }
}
