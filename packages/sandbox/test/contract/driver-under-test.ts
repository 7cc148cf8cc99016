import type {Driver, Sandbox, SandboxKind, SandboxLimits} from '@sandglass/sandbox';
import {afterAll, beforeAll, it, vi} from 'vitest';

/**
 * What a driver may be unable to give. docs/isolation.md has the reasons.
 * Where the tests run (an ordinary user has no cgroups): `memory`, `pids`, `cpu`, `separate-uid`.
 * By the nature of a level: `shared-disk`, one bound for all writable places; `disk-resize`, `configure` of the disk; `memory-peak-reset`, the memory
 * peak of each program for itself (on cgroup v2 Linux before 6.12 as well); `bare-root`, a root without /sys and with the least of devices; `nosuid-mounts`, mounts that ignore
 * set-user-id bits, which no_new_privs makes ineffective anyway.
 * By gVisor's kernel: `inodes`, a bound on the number of files; `cpu-accounting`, cpu time without what the host took away meanwhile; `agent-proc`, no
 * look at the agent's (empty) environment, memory map and descriptors; `device-nodes`, no mknod, of devices that are gVisor's own; `statx`, with every flag that
 * ls and stat pass (releases before 2023); `terminal-keys`, Ctrl-C (releases before 2024); `terminal-signals`, what a terminal's size does to programs, and
 * its keys to those that a shell started.
 */
export type Lack =
  | 'memory'
  | 'pids'
  | 'cpu'
  | 'separate-uid'
  | 'shared-disk'
  | 'disk-resize'
  | 'memory-peak-reset'
  | 'bare-root'
  | 'nosuid-mounts'
  | 'inodes'
  | 'cpu-accounting'
  | 'agent-proc'
  | 'device-nodes'
  | 'statx'
  | 'terminal-keys'
  | 'terminal-signals';

/** What the contract needs of a driver. Its image must hold `/bin/sh`, the usual tools and `python3`. */
export interface DriverSetup {
  /** Started, and owned by the suite from then on. */
  readonly start: () => Promise<Driver>;
  readonly image: string;
  /** Where the image has the library of `native/prime`; null where runtimes cannot be primed. */
  readonly primeLibrary: string | null;
  /** The tests of exactly these promises are skipped; `differences.ts` shows what is given in the place of those that a level lacks by its nature. */
  readonly lacks: readonly Lack[];
  /**
   * How many times slower than the host programs may be in this driver's sandboxes; default 1. Bounds of time are stretched by it: a machine
   * whose instructions are translated is no worse at what the contract is about.
   */
  readonly slowdown?: number;
  /**
   * What is on the host because of the driver's sandboxes: processes, cgroups, mounts, directories, each as one line. Empty when
   * no sandbox lives, whatever happened in those before.
   */
  readonly traces: () => readonly string[];
}

/** A program starts in some ten milliseconds; on a busy machine it may have to wait for its turn. */
const GETS_THERE_WITHIN_MS = 1_000;

/** The same in every test unless the test is about it. */
export const LIMITS: SandboxLimits = {
  memoryBytes: 256 * 1024 * 1024,
  processes: 64,
  cpuCount: 2,
  diskBytes: 64 * 1024 * 1024,
};

/** `it` for promises that rest on these mechanisms. */
export function itWith(setup: DriverSetup, ...mechanisms: readonly Lack[]): typeof it | typeof it.skip {
  return mechanisms.some((mechanism) => setup.lacks.includes(mechanism)) ? it.skip : it;
}

/** One driver for a group of tests, and fresh sandboxes of it. */
export class DriverUnderTest {
  readonly setup: DriverSetup;
  #driver: Driver | null = null;

  /** Call inside `describe`: the driver is started before the group's tests and closed after them. */
  constructor(setup: DriverSetup) {
    this.setup = setup;
    beforeAll(async () => {
      this.#driver = await setup.start();
    });
    afterAll(async () => {
      await this.#driver?.close();
    });
  }

  get driver(): Driver {
    if (this.#driver === null) throw new Error('The driver is there only while the tests of its group run.');
    return this.#driver;
  }

  get kind(): SandboxKind {
    return {image: this.setup.image, network: 'none'};
  }

  /** See `DriverSetup.slowdown`. */
  get slowdown(): number {
    return this.setup.slowdown ?? 1;
  }

  /** Tries again until the check passes, for as long as a program may take to get there. */
  async eventually(check: () => void | Promise<void>): Promise<void> {
    await vi.waitFor(check, {timeout: GETS_THERE_WITHIN_MS * this.slowdown});
  }

  /** The caller owns the sandbox: `await using`. */
  sandbox(limits: Partial<SandboxLimits> = {}): Promise<Sandbox> {
    return this.driver.create(this.kind, {...LIMITS, ...limits}, {signal: undefined});
  }
}
