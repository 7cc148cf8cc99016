/**
 * Jobs that come over RabbitMQ as an earlier system's workers took them. A job is acknowledged when its last status is confirmed by the broker,
 * so nothing is lost when this process is killed: the broker hands the job out again. It is then executed as a new run, unless its message has
 * an id (`messageId`), which makes both deliveries one run.
 */
import {SandglassError} from '@sandglass/protocol';
import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  connect,
  type RecoveringChannelModel,
} from 'amqplib';
import {LOCAL_OWNER} from '../../access/owner.ts';
import {parseRunBody, type RunBodyRules} from '../../routes/run-body.ts';
import {idempotencyClaim} from '../../runs/idempotency.ts';
import type {Runs} from '../../runs/runs.ts';
import type {Job, JobProtocol, JobStatus} from './job-protocol.ts';

export interface JobDoorParts {
  readonly url: string;
  readonly protocols: readonly JobProtocol[];
  readonly runs: Pick<Runs, 'accept' | 'follow'>;
  readonly rules: RunBodyRules;
  /** Jobs under way at once, of each protocol. */
  readonly prefetch: number;
  readonly onFault: (error: unknown) => void;
}

const FIRST_RECONNECT_PAUSE_MS = 100;
const MAX_RECONNECT_PAUSE_MS = 2_000;
const START_TRIES = 3;
/** After a fault of ours the job goes back, but not in a circle as fast as the broker can. */
const GIVE_BACK_PAUSE_MS = 1_000;

export class JobDoor implements AsyncDisposable {
  readonly #parts: JobDoorParts;
  readonly #closing = new AbortController();
  readonly #jobs = new Set<Promise<void>>();
  #connection: RecoveringChannelModel | null = null;

  private constructor(parts: JobDoorParts) {
    this.#parts = parts;
  }

  /** Throws `queue-failed` when the broker cannot be reached, or has things of these names that are others. */
  static async open(parts: JobDoorParts): Promise<JobDoor> {
    const door = new JobDoor(parts);
    try {
      door.#connection = await connect(parts.url, {
        recovery: {
          initialDelay: FIRST_RECONNECT_PAUSE_MS,
          maxDelay: MAX_RECONNECT_PAUSE_MS,
          initialMaxRetries: START_TRIES,
          setup: async (model: ChannelModel) => {
            model.on('error', () => undefined);
            for (const protocol of parts.protocols) await door.#consume(model, protocol);
          },
        },
      });
      door.#connection.on('error', () => undefined);
      return door;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SandglassError('queue-failed', `Cannot take jobs from RabbitMQ: ${reason}. Check doorUrl.`, {
        cause,
      });
    }
  }

  /** Takes no more jobs; those under way are handed out again by the broker. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close().catch(() => undefined);
    await Promise.all(this.#jobs);
  }

  async #consume(model: ChannelModel, protocol: JobProtocol): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('error', (error) => this.#parts.onFault(error));
    await channel.assertQueue(protocol.queue, {durable: true});
    for (const {name, routingKey, queue} of protocol.exchanges) {
      await channel.assertExchange(name, 'direct', {durable: true});
      if (queue === null) continue;
      await channel.assertQueue(queue, {durable: true});
      await channel.bindQueue(queue, name, routingKey);
    }
    await channel.prefetch(this.#parts.prefetch);
    await channel.consume(protocol.queue, (message) => {
      if (message === null) return;
      const job = this.#serve({model, channel}, protocol, message).finally(() => this.#jobs.delete(job));
      this.#jobs.add(job);
    });
  }

  async #serve(to: Broker, protocol: JobProtocol, message: ConsumeMessage): Promise<void> {
    try {
      const job = parseJob(protocol, message);
      if (job !== null) await this.#run(to, protocol, {job, properties: message.properties});
      to.channel.ack(message);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#parts.onFault(error);
      setTimeout(() => giveBack(to.channel, message), GIVE_BACK_PAUSE_MS).unref();
    }
  }

  async #run(
    to: Broker,
    protocol: JobProtocol,
    {job, properties}: {readonly job: Job; readonly properties: ConsumeMessage['properties']},
  ): Promise<void> {
    const tell = async (status: JobStatus): Promise<void> => {
      const content = protocol.describe(job.id, status);
      if (content !== null) await publish(to, protocol.statusAddress(job.id), content);
    };
    let runId: string;
    try {
      const spec = parseRunBody(job.request, this.#parts.rules);
      const {messageId} = properties;
      const key = typeof messageId === 'string' && messageId !== '' ? messageId : undefined;
      const claim = idempotencyClaim(key, {owner: LOCAL_OWNER, path: protocol.queue, body: job});
      await tell({kind: 'received'});
      const origin = {
        kind: 'message',
        queue: protocol.queue,
        traceparent: properties.headers?.traceparent,
      } as const;
      const options = {owner: LOCAL_OWNER, claim, isBatch: false, isAwaited: false, isLive: false, origin};
      const {runIds} = await this.#parts.runs.accept([spec], options);
      runId = runIds[0] ?? '';
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await tell({kind: 'refused', reason: error.message});
      return;
    }
    await this.#tellStates(runId, tell);
  }

  /** Received, running and the end come in this order and once each, whatever is seen of the run. */
  async #tellStates(runId: string, tell: (status: JobStatus) => Promise<void>): Promise<void> {
    let isRunning = false;
    const run = async (): Promise<void> => {
      if (isRunning) return;
      isRunning = true;
      await tell({kind: 'running'});
    };
    const {signal} = this.#closing;
    for await (const followed of await this.#parts.runs.follow(runId, LOCAL_OWNER, {lastSeq: 0, signal})) {
      if (followed.kind !== 'event') continue;
      const {event} = followed;
      if (event.kind === 'state' && event.state !== 'queued') await run();
      if (event.kind !== 'finished') continue;
      await run();
      return await tell({kind: 'ended', run: event.run});
    }
    throw new SandglassError('shutting-down', `Run ${runId} was not seen to its end.`);
  }
}

interface Broker {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
}

/** Null for what is no job: nobody could be told about it, and it would come back for ever. */
function parseJob(protocol: JobProtocol, {content}: ConsumeMessage): Job | null {
  try {
    return protocol.parse(JSON.parse(content.toString('utf8')));
  } catch {
    return null;
  }
}

/** The caller's fault, which does not go away by trying again. */
function isRefusal(error: unknown): error is SandglassError {
  const retryable = [
    'server-full',
    'shutting-down',
    'store-failed',
    'queue-failed',
    'not-ready',
    'internal-error',
  ];
  return error instanceof SandglassError && !retryable.includes(error.code);
}

/** Resolves when the broker has it. A status queue that nobody has declared yet is declared here. */
async function publish(
  {model, channel}: Broker,
  address: {exchange: string; routingKey: string},
  content: object,
) {
  if (address.exchange === '') await declareQueue(model, address.routingKey);
  const body = Buffer.from(JSON.stringify(content));
  channel.publish(address.exchange, address.routingKey, body, {
    persistent: true,
    contentType: 'application/json',
  });
  await channel.waitForConfirms();
}

/** A queue that is there stays as its client declared it: looking for it, and declaring it differently, would close the channel. */
async function declareQueue(model: ChannelModel, name: string): Promise<void> {
  const scratch: Channel = await model.createChannel();
  scratch.on('error', () => undefined);
  try {
    await scratch.assertQueue(name, {durable: true});
    await scratch.close();
  } catch {
    // It exists with other properties.
  }
}

function giveBack(channel: ConfirmChannel, message: ConsumeMessage): void {
  try {
    channel.nack(message, false, true);
  } catch {
    // The channel is gone, and with it the message is the broker's again.
  }
}
