import {SandglassError} from '@sandglass/protocol';
import type {Turn} from './turn-queue.ts';

interface Taker {
  readonly resolve: (turn: Turn) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those who wait for a turn, first come first served, and the turns that came when nobody waited. */
export class WaitingTakers {
  readonly #takers = new Set<Taker>();
  readonly #spare: Turn[] = [];
  #isClosed = false;

  /** Turns that are here and that nobody has taken. */
  get spare(): number {
    return this.#spare.length;
  }

  async take(signal: AbortSignal | undefined): Promise<Turn> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    const spare = this.#spare.shift();
    if (spare !== undefined) return spare;
    const {promise, resolve, reject} = Promise.withResolvers<Turn>();
    const taker = {resolve, reject};
    const onAbort = (): void => {
      if (this.#takers.delete(taker)) reject(signal?.reason);
    };
    this.#takers.add(taker);
    signal?.addEventListener('abort', onAbort, {once: true});
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  give(turn: Turn): void {
    const [taker] = this.#takers;
    if (taker === undefined) {
      this.#spare.push(turn);
      return;
    }
    this.#takers.delete(taker);
    taker.resolve(turn);
  }

  /** The connection that they came over is gone, and the broker gives them to somebody else. */
  dropSpare(): void {
    this.#spare.length = 0;
  }

  close(): void {
    this.#isClosed = true;
    for (const taker of this.#takers) taker.reject(closed());
    this.#takers.clear();
    this.dropSpare();
  }
}

function closed(): SandglassError {
  return new SandglassError('shutting-down', 'Cannot take a turn: the queue is closed.', {
    retryAfterSeconds: 5,
  });
}
