import type {Driver, SandboxKind, SandboxLimits} from '../driver.ts';

/** How many ready sandboxes a pool keeps, and how long it lets callers wait. */
export interface PoolOptions {
  /** Limits that ready sandboxes are made with. Callers who ask for the same get one at once. */
  readonly defaultLimits: SandboxLimits;
  /** Kinds that are kept ready. Any other kind is made when it is asked for. */
  readonly kinds: readonly SandboxKind[];
  /** Ready sandboxes of each kind when nothing happens; default 4, so that a server starts quickly and rests cheaply. */
  readonly floor?: number;
  /** Most ready sandboxes of each kind; default 64. */
  readonly ceiling?: number;
  /** Memory that all ready sandboxes together may take; default 256 MiB, at 2 MiB each unless the driver says otherwise. */
  readonly idleMemoryBytes?: number;
  /** Most sandboxes at once: ready, in the making and in use; default 128. At most the driver's own bound. */
  readonly maxSandboxes?: number;
  /** Longest wait of a caller when all are in use, in milliseconds; default 10 000. */
  readonly maxWaitMs?: number;
  /**
   * Memory that primed runtimes may take, those that run their program included, by what their templates say; default 512 MiB. 0 turns
   * priming off. It comes on top of `idleMemoryBytes`, and out of the bound of the driver's agents.
   */
  readonly primedMemoryBytes?: number;
  /** Most primed sandboxes of each template when nothing happens, as long as they take little memory; default 4. */
  readonly primedFloor?: number;
  /** Told when a runtime cannot be primed, once for each reason in a row. Default: nothing. */
  readonly onPrimeFailure?: (id: string, reason: string) => void;
  /** Creations under way at once; default 2. More only take the processor from running programs. */
  readonly parallelCreations?: number;
  /** Monotonic clock in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** What a pool needs of a driver. */
export type PoolDriver = Pick<Driver, 'create' | 'fixedLimits' | 'idleBytes'>;

/** Options with every default filled in. */
export type PoolSettings = Required<PoolOptions>;

/** Also what a driver whose agents are bounded makes room for. */
export const DEFAULT_PRIMED_MEMORY_BYTES = 512 * 1024 * 1024;

export function poolSettings(options: PoolOptions): PoolSettings {
  return {
    floor: 4,
    ceiling: 64,
    idleMemoryBytes: 256 * 1024 * 1024,
    maxSandboxes: 128,
    maxWaitMs: 10_000,
    primedMemoryBytes: DEFAULT_PRIMED_MEMORY_BYTES,
    primedFloor: 4,
    onPrimeFailure: () => undefined,
    parallelCreations: 2,
    now: () => performance.now(),
    ...options,
  };
}
