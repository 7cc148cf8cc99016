import type {Sandbox, SandboxKind, SandboxLimits} from '../driver.ts';
import {DemandEstimate} from './demand-estimate.ts';
import type {Waiter} from './waiter.ts';

/** What a pool has of one kind, as sandboxes are made with certain limits: ready sandboxes or waiting callers, never both for longer than a turn. */
export class Shelf {
  readonly kind: SandboxKind;
  readonly limits: SandboxLimits;
  /** False for kinds that are made only when asked for. */
  readonly isStocked: boolean;
  readonly demand: DemandEstimate;
  /** The newest, whose memory is warm, is handed out first; the oldest is given up first. */
  readonly ready: Sandbox[] = [];
  /** In the order they came. */
  readonly waiters = new Set<Waiter>();
  creating = 0;

  constructor(kind: SandboxKind, limits: SandboxLimits, isStocked: boolean, now: () => number) {
    this.kind = kind;
    this.limits = limits;
    this.isStocked = isStocked;
    this.demand = new DemandEstimate(now);
  }

  /** The longest-waiting caller for whom no sandbox is in the making; undefined when there is none. */
  get unservedWaiter(): Waiter | undefined {
    if (this.waiters.size <= this.creating) return undefined;
    let toSkip = this.creating;
    for (const waiter of this.waiters) {
      if (toSkip === 0) return waiter;
      toSkip -= 1;
    }
    return undefined;
  }

  /** Sandboxes that will be ready once those in the making are and every waiter has one. */
  get surplus(): number {
    return this.ready.length + this.creating - this.waiters.size;
  }

  get isUnused(): boolean {
    return this.ready.length === 0 && this.waiters.size === 0 && this.creating === 0;
  }

  /** Takes the longest-waiting caller out of the queue. */
  takeWaiter(): Waiter | undefined {
    const [waiter] = this.waiters;
    if (waiter !== undefined) this.waiters.delete(waiter);
    return waiter;
  }
}
