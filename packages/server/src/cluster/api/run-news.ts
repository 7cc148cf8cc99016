import type {SharedRunStore} from '@sandglass/store';

type Listener = () => void;

/** A waiter registers within the same turn of the event loop in which it learned that its run is durable. */
const MAX_RECENT = 1_000;

/** Wakes those who wait for news of single runs. Waking is a reason to look, no promise that anything changed. */
export class RunNews implements Disposable {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #stop: () => void;
  /** Ids of the runs that ended last, oldest first. */
  readonly #recent = new Set<string>();
  #finished = 0;

  constructor(store: Pick<SharedRunStore, 'onChange'>) {
    this.#stop = store.onChange((news) => {
      if (news.kind === 'finished') this.#remember(news.runId);
      if (news.kind === 'reconnected') for (const listeners of this.#listeners.values()) wake(listeners);
      else wake(this.#listeners.get(news.runId));
    });
  }

  /** Runs of all processes that ended since this one listens. */
  get finished(): number {
    return this.#finished;
  }

  /** Whether its end was told a moment ago; a run that ended long since is forgotten. */
  hasJustFinished(runId: string): boolean {
    return this.#recent.has(runId);
  }

  /** Registers at once, so that nothing between looking and waiting is missed. The waiter must be disposed. */
  expect(
    runId: string,
  ): {readonly next: (options: {timeoutMs: number; signal: AbortSignal}) => Promise<void>} & Disposable {
    let pending = Promise.withResolvers<void>();
    const listener = (): void => pending.resolve();
    const listeners = this.#listeners.get(runId) ?? new Set<Listener>();
    this.#listeners.set(runId, listeners.add(listener));
    return {
      next: async ({timeoutMs, signal}) => {
        const timer = setTimeout(listener, timeoutMs);
        signal.addEventListener('abort', listener, {once: true});
        if (signal.aborted) listener();
        await pending.promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', listener);
        pending = Promise.withResolvers<void>();
      },
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#listeners.delete(runId);
      },
    };
  }

  #remember(runId: string): void {
    this.#finished++;
    this.#recent.add(runId);
    const [oldest] = this.#recent;
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const listeners of this.#listeners.values()) wake(listeners);
  }
}

function wake(listeners: ReadonlySet<Listener> | undefined): void {
  for (const listener of listeners ?? []) listener();
}
