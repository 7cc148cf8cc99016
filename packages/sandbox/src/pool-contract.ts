import type {Sandbox, SandboxKind, SandboxLimits} from './driver.ts';

export interface PoolStats {
  readonly ready: number;
  readonly creating: number;
  readonly inUse: number;
  /** Callers waiting for a sandbox. */
  readonly waiting: number;
  /** Ready sandboxes that the pool aims at now. */
  readonly target: number;
}

/** How it stands with one primed runtime. */
export interface PrimedStats {
  /** Of the template. */
  readonly id: string;
  readonly ready: number;
  readonly target: number;
  /** Why the last attempt failed; null when it did not. Programs are then started the ordinary way. */
  readonly failure: string | null;
}

/** Ready sandboxes, made ahead of demand, each handed out once. */
export interface SandboxPool extends AsyncDisposable {
  /**
   * Hands over a fresh sandbox with these limits set; the caller owns and destroys it. For a kind with a runtime it is a primed one if one
   * is ready, else a plain one: waiting for a runtime is never better than starting it.
   * Throws `server-full` with Retry-After when none is free within the bounded wait.
   */
  acquire(
    kind: SandboxKind,
    limits: SandboxLimits,
    options: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox>;
  /** Keeps sandboxes with this kind's runtime primed from now on; nothing for a kind without. */
  keepPrimed(kind: SandboxKind): void;
  readonly stats: PoolStats;
  /** Of each kind given to `keepPrimed`. */
  readonly primed: readonly PrimedStats[];
}
