const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Listens for the wish to stop. The first signal asks, the second one hurries. */
export class StopSignals implements Disposable {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>;
  /** Aborts at the first signal. */
  readonly asked: AbortSignal;
  /** Aborts at the second signal. */
  readonly hurry: AbortSignal;
  readonly #onSignal: (signal: string) => void;

  constructor() {
    const first = Promise.withResolvers<string>();
    const hurry = new AbortController();
    const asked = new AbortController();
    this.first = first.promise;
    this.asked = asked.signal;
    this.hurry = hurry.signal;
    this.#onSignal = (signal) => {
      if (asked.signal.aborted) hurry.abort();
      asked.abort();
      first.resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** From here on the signals do what they do by default. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }
}
