import {Store} from '../state/store.ts';

export type LinkState = 'open' | 'lost';

/** Time between two looks whether the server is back. */
const RETRY_MS = 1000;
/** A server that takes longer than this to say that it lives is not back yet. */
const PROBE_TIMEOUT_MS = 3000;

/** Whether the server can be reached, as seen by every request of the page. Looks again by itself until it can. */
export class ServerLink {
  readonly state = new Store<LinkState>('open');
  #isWaiting = false;

  /** `fetch` that notices when nobody answers. An answer that refuses is an answer. */
  readonly fetch: typeof fetch = async (input, init) => {
    try {
      const response = await fetch(input, init);
      this.state.update(() => 'open');
      return response;
    } catch (error) {
      if (init?.signal?.aborted !== true) this.lost();
      throw error;
    }
  };

  /** A connection broke: says so until the server answers again. */
  lost(): void {
    this.state.update(() => 'lost');
    if (!this.#isWaiting) void this.#waitUntilBack();
  }

  /** True when the server answers at this moment. */
  async isReachable(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      return (await fetch('/healthz', {signal, cache: 'no-store'})).ok;
    } catch {
      // Not there, or too slow to be of use: both are "no".
      return false;
    }
  }

  async #waitUntilBack(): Promise<void> {
    this.#isWaiting = true;
    while (this.state.value === 'lost') {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (await this.isReachable()) this.state.update(() => 'open');
    }
    this.#isWaiting = false;
  }
}
