import {SandglassError} from '@sandglass/protocol';
import {type Job, Queue, Worker} from 'bullmq';
import type {Turn, TurnQueue} from '../turn-queue.ts';
import {WaitingTakers} from '../waiting-takers.ts';

export interface BullMqTurnQueueOptions {
  /** `redis://` or `rediss://` URL. */
  readonly url: string;
  /** Name of the BullMQ queue; servers that share runs share it. */
  readonly name: string;
  /** Turns that this process holds at once. */
  readonly slots: number;
}

/** A worker that has not renewed for so long is dead; BullMQ renews every half of it. */
const LOCK_MS = 15_000;
/** A turn whose worker died is offered again however often that happens: how often a *run* is tried is the store's business. */
const MAX_STALLED = 1_000_000;
/** An offer that Redis does not take at once is better refused than kept in memory: the house-keeper offers it again. */
const OFFER_RETRIES = 1;
const MAX_JOBS_AT_ONCE = 500;
const MAX_RECONNECT_PAUSE_MS = 1_000;
const CLOSE_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A command that Redis leaves unanswered for so long was sent into a network that is cut: the connection is given up and made again. The kernel by
 * itself notices after a quarter of an hour. Longer than the ten seconds for which a worker's connection waits for a job.
 */
const SILENCE_MS = 15_000;

/**
 * Turns over Redis by BullMQ: a job for each turn, processed for as long as the run takes. The worker, and with it the connections that
 * block, is only made when somebody takes: a process that only accepts runs needs none.
 */
export class BullMqTurnQueue implements TurnQueue {
  readonly #options: BullMqTurnQueueOptions;
  readonly #queue: Queue;
  readonly #takers = new WaitingTakers();
  readonly #held = new Set<() => void>();
  #worker: Worker | null = null;
  #isClosed = false;

  private constructor(options: BullMqTurnQueueOptions) {
    this.#options = options;
    this.#queue = new Queue(options.name, {
      connection: {
        ...this.#connection(),
        enableOfflineQueue: false,
        maxRetriesPerRequest: OFFER_RETRIES,
      },
      defaultJobOptions: {removeOnComplete: true, removeOnFail: true},
    });
    // A lost connection is made again by itself; whoever offers meanwhile is told.
    this.#queue.on('error', () => undefined);
  }

  /** Throws `queue-failed` when Redis does not answer. */
  static async open(options: BullMqTurnQueueOptions): Promise<BullMqTurnQueue> {
    const queue = new BullMqTurnQueue(options);
    try {
      // The client would go on trying for ever.
      if (!(await within(CONNECT_TIMEOUT_MS, queue.#queue.waitUntilReady())))
        throw new Error(`there was no answer within ${CONNECT_TIMEOUT_MS} ms`);
      return queue;
    } catch (error) {
      await queue[Symbol.asyncDispose]();
      throw failed('reach Redis', error);
    }
  }

  async offer(count: number): Promise<void> {
    try {
      for (let left = count; left > 0; left -= MAX_JOBS_AT_ONCE) {
        const jobs = Array.from({length: Math.min(left, MAX_JOBS_AT_ONCE)}, () => ({name: 'turn', data: {}}));
        await this.#queue.addBulk(jobs);
      }
    } catch (error) {
      throw failed(`offer ${count} turns`, error);
    }
  }

  async take({signal}: {readonly signal: AbortSignal | undefined}): Promise<Turn> {
    if (!this.#isClosed) this.#worker ??= this.#openWorker();
    return await this.#takers.take(signal);
  }

  async waiting(): Promise<number> {
    try {
      return await this.#queue.getWaitingCount();
    } catch (error) {
      throw failed('count the turns', error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#takers.close();
    // Without Redis a worker would wait for ever to end its jobs well, and keep the process alive with it.
    const isThere = await within(CLOSE_TIMEOUT_MS, this.waiting());
    // What is held goes back as new turns. A process that is killed cannot do that: its jobs stall, and then another worker gets them.
    await within(CLOSE_TIMEOUT_MS, this.#worker?.pause(true));
    if (this.#held.size > 0) await within(CLOSE_TIMEOUT_MS, this.offer(this.#held.size));
    for (const end of this.#held) end();
    // Each may wait for an answer that a broker which died meanwhile will not give; then its connections are cut.
    if (!(await within(CLOSE_TIMEOUT_MS, this.#worker?.close(!isThere))))
      await within(CLOSE_TIMEOUT_MS, this.#worker?.disconnect());
    if (!(await within(CLOSE_TIMEOUT_MS, this.#queue.close())))
      await within(CLOSE_TIMEOUT_MS, this.#queue.disconnect());
  }

  #openWorker(): Worker {
    const worker = new Worker(this.#options.name, (job) => this.#process(job), {
      connection: {...this.#connection(), maxRetriesPerRequest: null},
      concurrency: this.#options.slots,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS,
      maxStalledCount: MAX_STALLED,
      removeOnComplete: {count: 0},
      removeOnFail: {count: 0},
    });
    worker.on('error', () => undefined);
    return worker;
  }

  /** A lost connection is made again until the queue is closed: one that went on then would keep a process alive that has stopped. */
  #connection() {
    return {
      url: this.#options.url,
      socketTimeout: SILENCE_MS,
      retryStrategy: (tries: number) =>
        this.#isClosed ? null : Math.min(MAX_RECONNECT_PAUSE_MS, 50 * 2 ** Math.min(tries, 10)),
    };
  }

  /** BullMQ believes that the job is worked on until this resolves. */
  async #process(_job: Job): Promise<void> {
    // It was on its way when the queue was closed.
    if (this.#isClosed) return await this.offer(1);
    const {promise, resolve} = Promise.withResolvers<void>();
    this.#held.add(resolve);
    this.#takers.give({done: async () => resolve()});
    await promise;
    this.#held.delete(resolve);
  }
}

/** Waits for at most so long: a broker that is away must not hold up the process. False when it was not done, or failed, by then. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<boolean> {
  const {promise, resolve} = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const done = Promise.resolve(work).then(
    () => true,
    () => false,
  );
  const isDone = await Promise.race([promise, done]);
  clearTimeout(timer);
  return isDone;
}

function failed(attempted: string, cause: unknown): SandglassError {
  return new SandglassError(
    'queue-failed',
    `Cannot ${attempted}: ${cause instanceof Error ? cause.message : cause}. Check queue.url and that Redis runs.`,
    {cause},
  );
}
