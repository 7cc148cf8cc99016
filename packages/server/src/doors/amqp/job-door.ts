/**
 * Jobs that come over RabbitMQ as an earlier system's workers took them. A job is acknowledged when its last status is confirmed by the broker,
 * so nothing is lost when this process is killed: the broker hands the job out again, marked as such, and whoever gets it goes on with the run
 * that was begun for it. Statuses that the broker has confirmed are remembered and not sent again. AMQP knows no transaction over a queue and
 * a database, so a process that dies between a confirmation and the remembering, or the acknowledgement, sends that one status once more: with the same
 * message id, by which a receiver can tell.
 */
import {SandglassError} from '@sandglass/protocol';
import type {RunStore} from '@sandglass/store';
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
import {jobKey} from './job-key.ts';
import type {Job, JobProtocol, JobStatus} from './job-protocol.ts';

export interface JobDoorParts {
  readonly url: string;
  readonly protocols: readonly JobProtocol[];
  readonly runs: Pick<Runs, 'accept' | 'follow'>;
  readonly store: Pick<RunStore, 'recordTold' | 'lastTold'>;
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
      if (job !== null) await this.#run(to, protocol, {job, message});
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
    {job, message}: {readonly job: Job; readonly message: ConsumeMessage},
  ): Promise<void> {
    const tell = async (status: JobStatus, messageId: string | undefined): Promise<void> => {
      const content = protocol.describe(job.id, status);
      if (content !== null) await publish(to, protocol.statusAddress(job.id), {content, messageId});
    };
    let accepted: {readonly runId: string; readonly isContinued: boolean};
    try {
      accepted = await this.#accept(protocol, job, message);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await tell({kind: 'received'}, undefined);
      await tell({kind: 'refused', reason: error.message}, undefined);
      return;
    }
    const {runId, isContinued} = accepted;
    const told = isContinued ? await this.#parts.store.lastTold(runId) : null;
    await this.#tellStates(runId, told, (status) => tell(status, `${runId}:${status.kind}`));
  }

  /** A delivery that the broker calls a further one goes on with the run of the first, if that got so far. */
  async #accept(
    protocol: JobProtocol,
    job: Job,
    {properties, fields}: ConsumeMessage,
  ): Promise<{readonly runId: string; readonly isContinued: boolean}> {
    const spec = parseRunBody(job.request, this.#parts.rules);
    const {key, isGiven} = jobKey(protocol.queue, job, properties.messageId);
    const claim = idempotencyClaim(key, {owner: LOCAL_OWNER, path: protocol.queue, body: job});
    const traceparent: unknown = properties.headers?.traceparent;
    const options = {
      owner: LOCAL_OWNER,
      isBatch: false,
      isAwaited: false,
      isLive: false,
      origin: {kind: 'message', queue: protocol.queue, traceparent},
    } as const;
    const first = await this.#parts.runs.accept([spec], {...options, claim});
    const isContinued = first.isRepeated && (isGiven || fields.redelivered);
    if (!first.isRepeated || isContinued) return {runId: first.runIds[0] ?? '', isContinued};
    // Somebody sends the same job once more on purpose: it is another run.
    const {runIds} = await this.#parts.runs.accept([spec], {...options, claim: null});
    return {runId: runIds[0] ?? '', isContinued: false};
  }

  /** Received, running and the end come in this order and once each, whatever is seen of the run and whoever told of it before. */
  async #tellStates(
    runId: string,
    told: string | null,
    tell: (status: JobStatus) => Promise<void>,
  ): Promise<void> {
    const remembered: readonly (string | null)[] = ['received', 'running'];
    let toldUpTo = remembered.indexOf(told);
    const once = async (kind: 'received' | 'running'): Promise<void> => {
      if (toldUpTo >= remembered.indexOf(kind)) return;
      toldUpTo = remembered.indexOf(kind);
      await tell({kind});
      await this.#parts.store.recordTold(runId, kind);
    };
    await once('received');
    const {signal} = this.#closing;
    for await (const followed of await this.#parts.runs.follow(runId, LOCAL_OWNER, {lastSeq: 0, signal})) {
      if (followed.kind !== 'event') continue;
      const {event} = followed;
      if (event.kind === 'state' && event.state !== 'queued') await once('running');
      if (event.kind !== 'finished') continue;
      await once('running');
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
  {content, messageId}: {readonly content: object; readonly messageId: string | undefined},
) {
  if (address.exchange === '') await declareQueue(model, address.routingKey);
  const body = Buffer.from(JSON.stringify(content));
  channel.publish(address.exchange, address.routingKey, body, {
    persistent: true,
    contentType: 'application/json',
    ...(messageId === undefined ? {} : {messageId}),
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
