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

/** Ready sandboxes, made ahead of demand, each handed out once. */
export interface SandboxPool extends AsyncDisposable {
  /**
   * Hands over a fresh sandbox with these limits set; the caller owns and destroys it.
   * Throws `server-full` with Retry-After when none is free within the bounded wait.
   */
  acquire(
    kind: SandboxKind,
    limits: SandboxLimits,
    options: {readonly signal: AbortSignal | undefined},
  ): Promise<Sandbox>;
  readonly stats: PoolStats;
}
