import {SandglassError} from '@sandglass/protocol';
import type {Sandbox} from '../driver.ts';

export interface WaiterOptions {
  readonly signal: AbortSignal | undefined;
  readonly maxWaitMs: number;
  /** When the caller came, on the pool's clock. */
  readonly since: number;
  /** The error of a wait that was too long, made when it is needed. */
  readonly tooLate: () => Error;
  /** Called once when the wait ends without a sandbox, to take the waiter out of its queue. */
  readonly onGivenUp: () => void;
}

/** A caller that waits for a sandbox: until one comes, its time is over or it loses interest, whichever is first. */
export class Waiter {
  readonly signal: AbortSignal | undefined;
  readonly since: number;
  readonly #answer = Promise.withResolvers<Sandbox>();
  readonly #options: WaiterOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.reject(this.signal?.reason);

  constructor(options: WaiterOptions) {
    this.signal = options.signal;
    this.since = options.since;
    this.#options = options;
    this.#timer = setTimeout(() => this.reject(options.tooLate()), options.maxWaitMs);
    this.signal?.addEventListener('abort', this.#onAbort, {once: true});
  }

  /** The sandbox, not yet configured with the waiter's limits. */
  get sandbox(): Promise<Sandbox> {
    return this.#answer.promise;
  }

  /** Hands a sandbox over; the waiter must have been taken out of its queue. */
  resolve(sandbox: Sandbox): void {
    this.#end();
    this.#answer.resolve(sandbox);
  }

  reject(reason: unknown): void {
    this.#end();
    this.#options.onGivenUp();
    this.#answer.reject(reason);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** The wait was as long as it may be: the same again is a sensible time to stay away. */
export function noneFree(maxWaitMs: number, maxSandboxes: number): SandglassError {
  return new SandglassError(
    'server-full',
    `No sandbox became free within ${maxWaitMs} ms: all ${maxSandboxes} are in use. Try again later, or raise the bound of sandboxes.`,
    {retryAfterSeconds: Math.max(1, Math.ceil(maxWaitMs / 1000))},
  );
}
