import {SandglassError} from '@sandglass/protocol';
import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  connect,
  type RecoveringChannelModel,
} from 'amqplib';
import type {Turn, TurnQueue} from '../turn-queue.ts';
import {WaitingTakers} from '../waiting-takers.ts';

export interface RabbitMqTurnQueueOptions {
  /** `amqp://` or `amqps://` URL. */
  readonly url: string;
  /** Name of the queue; servers that share runs share it. */
  readonly name: string;
  /** Turns that this process holds at once. */
  readonly slots: number;
  /**
   * `classic` survives a restart of its broker. `quorum` survives the loss of a machine in a cluster of three brokers; on a single broker it
   * takes more than a minute to come back after a crash.
   */
  readonly queueType: 'quorum' | 'classic';
}

const FIRST_RECONNECT_PAUSE_MS = 100;
const MAX_RECONNECT_PAUSE_MS = 2_000;
const START_TRIES = 3;
const HEARTBEAT_S = 10;

/** What one connection to the broker has open. */
interface Session {
  readonly offers: ConfirmChannel;
  readonly turns: Channel;
}

/**
 * Turns over RabbitMQ: a persistent message for each turn in a durable queue, confirmed by the broker, acknowledged when the run has ended.
 * Prefetch is the number of slots and what is held is not acknowledged, so a worker is sent exactly as many as it has free slots. A broken
 * connection is made again; what was held over it the broker gives to somebody.
 */
export class RabbitMqTurnQueue implements TurnQueue {
  readonly #options: RabbitMqTurnQueueOptions;
  readonly #takers = new WaitingTakers();
  #connection: RecoveringChannelModel | null = null;
  #session: Session | null = null;
  #isTaking = false;
  #isClosed = false;

  private constructor(options: RabbitMqTurnQueueOptions) {
    this.#options = options;
  }

  /** Throws `queue-failed` when the broker cannot be reached, or has a queue of that name that is another one. */
  static async open(options: RabbitMqTurnQueueOptions): Promise<RabbitMqTurnQueue> {
    const queue = new RabbitMqTurnQueue(options);
    try {
      await queue.#open();
      return queue;
    } catch (error) {
      await queue[Symbol.asyncDispose]();
      throw failed('reach RabbitMQ', error);
    }
  }

  async offer(count: number): Promise<void> {
    const {offers} = this.#connected(`offer ${count} turns`);
    try {
      for (let index = 0; index < count; index++)
        offers.sendToQueue(this.#options.name, Buffer.alloc(0), {persistent: true});
      await offers.waitForConfirms();
    } catch (error) {
      throw failed(`offer ${count} turns`, error);
    }
  }

  async take({signal}: {readonly signal: AbortSignal | undefined}): Promise<Turn> {
    // Lined up before consuming begins, so that takes keep their order.
    const turn = this.#takers.take(signal);
    if (!this.#isTaking && !this.#isClosed) {
      this.#isTaking = true;
      // Without a connection the next one begins to consume; a channel that breaks here takes the connection's recovery with it.
      if (this.#session !== null) this.#consume(this.#session.turns).catch(() => undefined);
    }
    return await turn;
  }

  async waiting(): Promise<number> {
    const {offers} = this.#connected('count the turns');
    try {
      return (await offers.checkQueue(this.#options.name)).messageCount;
    } catch (error) {
      throw failed('count the turns', error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#takers.close();
    const connection = this.#connection;
    this.#connection = null;
    this.#session = null;
    // Closing the connection gives back everything that was not acknowledged.
    await connection?.close().catch(() => undefined);
  }

  async #open(): Promise<void> {
    this.#connection = await connect(withHeartbeat(this.#options.url), {
      recovery: {
        initialDelay: FIRST_RECONNECT_PAUSE_MS,
        maxDelay: MAX_RECONNECT_PAUSE_MS,
        initialMaxRetries: START_TRIES,
        setup: (model: ChannelModel) => this.#setUp(model),
      },
    });
    this.#connection.on('error', () => undefined);
    this.#connection.on('disconnect', () => this.#disconnected());
  }

  /** Done for each connection, the first and those after a loss. */
  async #setUp(model: ChannelModel): Promise<void> {
    // A broker that is still starting answers with internal errors; the connection is lost and made again.
    model.on('error', () => undefined);
    const offers = await model.createConfirmChannel();
    const turns = await model.createChannel();
    for (const channel of [offers, turns]) channel.on('error', () => undefined);
    const queueArguments = {'x-queue-type': this.#options.queueType};
    await turns.assertQueue(this.#options.name, {durable: true, arguments: queueArguments});
    await turns.prefetch(this.#options.slots);
    this.#session = {offers, turns};
    if (this.#isTaking) await this.#consume(turns);
  }

  async #consume(channel: Channel): Promise<void> {
    await channel.consume(this.#options.name, (message) => {
      if (message === null) return; // The queue was deleted; the house-keeper's offers will say so.
      let isDone = false;
      const done = async (): Promise<void> => {
        if (isDone || this.#session?.turns !== channel) return;
        isDone = true;
        channel.ack(message);
      };
      this.#takers.give({done});
    });
  }

  #disconnected(): void {
    this.#session = null;
    this.#takers.dropSpare();
  }

  #connected(attempted: string): Session {
    if (this.#session === null) throw failed(attempted, new Error('the connection to the broker is lost'));
    return this.#session;
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_S));
  return parsed.href;
}

function failed(attempted: string, cause: unknown): SandglassError {
  return new SandglassError(
    'queue-failed',
    `Cannot ${attempted}: ${cause instanceof Error ? cause.message : cause}. Check queue.url and that RabbitMQ runs.`,
    {cause},
  );
}
