import {SandglassError} from '@sandglass/protocol';
import type {QueueDepth} from '@sandglass/queue';
import type {SharedRunStore, WaitingDepth} from '@sandglass/store';
import type {RunNews} from './run-news.ts';

export interface BacklogParts {
  readonly store: Pick<SharedRunStore, 'waiting'>;
  readonly news: Pick<RunNews, 'finished'>;
  /** Runs that may wait, in the whole installation. */
  readonly limit: number;
  readonly onFault: (error: unknown) => void;
}

const LOOK_MS = 250;
/** Looks from which the rate is taken: ten seconds. */
const KEPT_LOOKS = 40;
const UNKNOWN_WAIT_SECONDS = 5;
const MAX_WAIT_SECONDS = 60;

interface Look {
  readonly at: number;
  readonly finished: number;
}

/**
 * How many runs wait in the whole installation, as known from a moment ago, and how fast they end. The bound is held by each API process with
 * its own runs since that look added, so at most a quarter of a second's runs of the *other* API processes can pass it.
 */
export class Backlog {
  readonly #parts: BacklogParts;
  readonly #looks: Look[] = [];
  #waiting: WaitingDepth = {interactive: 0, batch: 0, oldestWaitMs: 0};
  #acceptedSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    await this.#look();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  get depth(): QueueDepth {
    return this.#waiting;
  }

  /** Throws `server-full` with the time after which so many places are likely to be free. */
  admit(count: number): void {
    const taken = this.#waiting.interactive + this.#waiting.batch + this.#acceptedSince;
    const {limit} = this.#parts;
    if (taken + count > limit)
      throw new SandglassError(
        'server-full',
        `Cannot accept ${count} ${count === 1 ? 'run' : 'runs'}: ${taken} are waiting and at most ${limit} may. Try again later, or add workers.`,
        {
          retryAfterSeconds: Math.min(
            MAX_WAIT_SECONDS,
            Math.max(1, this.secondsFor(taken + count - limit) ?? UNKNOWN_WAIT_SECONDS),
          ),
        },
      );
    this.#acceptedSince += count;
  }

  /** How long so many runs take at the pace of the last seconds; null when nothing has ended. */
  secondsFor(runs: number): number | null {
    const [first] = this.#looks;
    const last = this.#looks.at(-1);
    if (first === undefined || last === undefined || last.finished === first.finished) return null;
    const perSecond = ((last.finished - first.finished) * 1000) / Math.max(1, last.at - first.at);
    return Math.ceil(runs / perSecond);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error) => this.#parts.onFault(error))
        .finally(() => this.#schedule());
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    const before = this.#acceptedSince;
    this.#waiting = await this.#parts.store.waiting();
    this.#acceptedSince -= before;
    this.#looks.push({at: performance.now(), finished: this.#parts.news.finished});
    if (this.#looks.length > KEPT_LOOKS) this.#looks.shift();
  }
}
