import {SandglassError} from '@sandglass/protocol';
import type {Turn, TurnQueue} from '../turn-queue.ts';
import {WaitingTakers} from '../waiting-takers.ts';

/** Turns for the workers of this process alone: for one server over a database that others may only read. */
export class EmbeddedTurnQueue implements TurnQueue {
  readonly #takers = new WaitingTakers();
  #isClosed = false;

  async offer(count: number): Promise<void> {
    if (this.#isClosed) throw new SandglassError('queue-failed', 'Cannot offer a turn: the queue is closed.');
    for (let index = 0; index < count; index++) this.#takers.give(OWN_TURN);
  }

  async take({signal}: {readonly signal: AbortSignal | undefined}): Promise<Turn> {
    return await this.#takers.take(signal);
  }

  async waiting(): Promise<number> {
    return this.#takers.spare;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#takers.close();
  }
}

/** Nobody else could get it, so there is nothing to remember. */
const OWN_TURN: Turn = {done: async () => undefined};
