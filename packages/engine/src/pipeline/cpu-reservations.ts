/** Cores that runs can have, or the reason why none can. */
export interface PinnableCpus {
  readonly cpus: readonly number[];
  /** Why `cpus` is empty, to stand after a colon; empty when it is not. */
  readonly whyNone: string;
}

/** A core for the time of one run; disposing of it hands it to whoever waits longest. */
export interface CpuLease extends Disposable {
  readonly cpu: number;
}

type Waiter = (lease: CpuLease) => void;

/**
 * Hands out whole cores: never one to two runs at once, and to those that wait in the order they came. That the core's last sandbox is
 * gone before the next one gets it is the keeper's to see to.
 */
export class CpuReservations implements PinnableCpus {
  readonly cpus: readonly number[];
  readonly whyNone: string;
  readonly #free: number[];
  readonly #waiting = new Set<Waiter>();

  constructor({cpus, whyNone}: PinnableCpus) {
    this.cpus = cpus;
    this.whyNone = whyNone;
    this.#free = [...cpus];
  }

  /** Waits until a core is free; null when `signal` aborts first. Without any core to give, that is the only end. */
  async reserve({signal}: {readonly signal: AbortSignal | undefined}): Promise<CpuLease | null> {
    if (signal?.aborted) return null;
    const cpu = this.#free.pop();
    if (cpu !== undefined) return this.#lease(cpu);
    const {promise, resolve} = Promise.withResolvers<CpuLease | null>();
    const giveUp = (): void => {
      this.#waiting.delete(resolve);
      resolve(null);
    };
    this.#waiting.add(resolve);
    signal?.addEventListener('abort', giveUp, {once: true});
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  #lease(cpu: number): CpuLease {
    let isHeld = true;
    const giveBack = (): void => {
      if (!isHeld) return;
      isHeld = false;
      const [next] = this.#waiting;
      if (next === undefined) {
        this.#free.push(cpu);
        return;
      }
      this.#waiting.delete(next);
      next(this.#lease(cpu));
    };
    return {cpu, [Symbol.dispose]: giveBack};
  }
}
