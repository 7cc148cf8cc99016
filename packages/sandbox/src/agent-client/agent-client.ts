import {SandglassError} from '@sandglass/protocol';
import {
  type AgentMessage,
  decodeAgentMessage,
  encodeWorkerMessage,
  type Frame,
  FrameWriter,
  PROTOCOL_VERSION,
  violation,
  type WorkerMessage,
} from '@sandglass/protocol/agent';
import type {AbruptEnd, Command, Execution, RuntimeTemplate, Sandbox, SandboxFile} from '../driver.ts';
import type {FrameConnection, FrameListener} from '../frame-connection.ts';
import {Gate} from '../gate.ts';
import type {Conversation} from './conversation.ts';
import {describeStep} from './describe-step.ts';
import {START_LIMITS} from './encode-command.ts';
import {EntryCollector} from './entry-collector.ts';
import {FileCollector} from './file-collector.ts';
import {Program} from './program.ts';
import {Request, takeSuccess} from './request.ts';
import {startsSame} from './starts-same.ts';
import {StreamIds} from './stream-ids.ts';

/** Files on their way at once in `writeFiles`; bounds the ids in flight and what waits in the socket. */
const FILES_AT_ONCE = 64;

/** The agent keeps eight files open for reading; one that is read fast needs no second beside it. */
const READS_AT_ONCE = 4;

/** What one LIST may ask for. */
const MAX_ENTRIES = 65_536;
const MAX_DEPTH = 32;

/** A JVM on a machine that is busy with everything else. */
const READY_WITHIN_MS = 10_000;

const DEFAULT_FILE_MODE = 0o644;
const FIELDS_BYTES = 256;
const SMALL_CONTENT_BYTES = 16_384;

type Hello = Extract<AgentMessage, {kind: 'hello'}>;

/**
 * The worker's end of one agent's stream. The agent is not trusted: whatever it sends out of turn ends the connection, and with
 * it the sandbox, with `agent-protocol-violation`. When the stream ends by itself everything under way fails with `sandbox-lost`.
 */
export class AgentClient implements FrameListener {
  /** Resolves with the agent's first message; rejects when the connection ends before. The caller bounds the wait. */
  readonly hello: Promise<Hello>;
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #connection: FrameConnection;
  readonly #onLost: () => void;
  readonly #patience: number;
  readonly #abruptEnd: (() => AbruptEnd | null) | undefined;
  readonly #conversations = new Map<number, Conversation>();
  readonly #ids = new StreamIds();
  readonly #reads = new Gate(READS_AT_ONCE);
  readonly #kills = new Gate(1);
  #hasGreeted = false;
  #keepingAlive: NodeJS.Timeout | undefined;
  /** The runtime that waits, or has waited: the agent knows whether it still does. */
  #primed: RuntimeTemplate | null = null;
  /** Makes the error that everything asked for from now on fails with; null while the agent is there. */
  #lost: (() => Error) | null = null;

  /**
   * Takes the connection over. `onLost` is called once, when nothing more can be asked of the agent. `abruptEnd` is asked when the peer ends
   * the stream: programs that a limit ended together with the agent ended by that limit.
   */
  constructor(
    connection: FrameConnection,
    onLost: () => void,
    options: {readonly abruptEnd?: () => AbruptEnd | null; readonly patience?: number} = {},
  ) {
    this.#connection = connection;
    this.#onLost = onLost;
    this.#abruptEnd = options.abruptEnd;
    this.#patience = options.patience ?? 1;
    this.hello = this.#hello.promise;
    this.hello.catch(ignore);
    connection.listen(this);
  }

  /** Starts a program; a failure to do so shows in the execution. One message, sent before this returns. */
  exec(command: Command): Execution {
    const streamId = this.#nextId();
    const program = new Program(command, {
      streamId,
      patience: this.#patience,
      takesPrimed: this.#primed !== null && startsSame(this.#primed, command),
      send: (writer) => this.#connection.send(writer),
      fileStreamId: () => this.#nextId(),
      giveUp: (error) => this.close(() => error),
    });
    if (this.#lost !== null) {
      program.fail(this.#lost());
      return program;
    }
    this.#conversations.set(streamId, program);
    try {
      program.start();
    } catch (error) {
      // Nothing was sent: the message could not be built.
      this.#conversations.delete(streamId);
      program.fail(error instanceof Error ? error : new Error(String(error)));
    }
    return program;
  }

  get hasPrimed(): boolean {
    return this.#primed !== null;
  }

  /** See `Sandbox.prime`. A runtime that is not ready in time is killed. */
  async prime(template: RuntimeTemplate): Promise<void> {
    const {id, argv, env, library, stopAt} = template;
    const timer = setTimeout(() => this.killAll().catch(ignore), READY_WITHIN_MS);
    try {
      await this.#ask(
        {kind: 'prime', argv, env, cwd: '', ...START_LIMITS, library, stopAt},
        `prime the runtime "${id}"`,
        takeSuccess,
      );
      this.#primed = template;
    } catch (error) {
      if (!(error instanceof SandglassError) || error.code !== 'file-unavailable') throw error;
      throw new SandglassError('exec-failed', error.message, {cause: error});
    } finally {
      clearTimeout(timer);
    }
  }

  /** Throws `file-unavailable` naming the first file that could not be written; those before it were. */
  async writeFiles(files: readonly SandboxFile[]): Promise<void> {
    for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
      await Promise.all(files.slice(from, from + FILES_AT_ONCE).map((file) => this.#writeFile(file)));
      await this.#connection.drained();
    }
  }

  /** `maxBytes` 0 only tells whether there is a regular file. */
  async readFile(path: string, options: {readonly maxBytes: number}): ReturnType<Sandbox['readFile']> {
    const collector = new FileCollector(options.maxBytes);
    return await this.#reads.run(() =>
      this.#ask(
        {kind: 'read', path, offset: 0, maxBytes: collector.askedBytes},
        `read ${JSON.stringify(path)}`,
        (message) => collector.take(message),
      ),
    );
  }

  /** `path` "" is the working directory. At most 65 536 entries, 32 levels deep. */
  async listFiles(
    path: string,
    options: {readonly maxEntries: number; readonly maxDepth: number},
  ): ReturnType<Sandbox['listFiles']> {
    const maxEntries = Math.min(options.maxEntries, MAX_ENTRIES);
    const maxDepth = Math.min(options.maxDepth, MAX_DEPTH);
    const collector = new EntryCollector(maxEntries);
    return await this.#ask(
      {kind: 'list', path, maxEntries, maxDepth},
      `list ${JSON.stringify(path)}`,
      (message) => collector.take(message),
    );
  }

  /** One after the other, as the agent wants it: a program started after the first call is only sure to be hit by the second. */
  async killAll(): Promise<void> {
    await this.#kills.run(() => this.#ask({kind: 'kill'}, 'kill every program', takeSuccess));
  }

  /**
   * Tells the agent every so often that its worker is there, from now on and until the connection ends. For agents that were started so that they
   * end when they hear nothing for several times as long.
   */
  keepAlive(intervalMs: number): void {
    const tell = (): void => {
      const writer = new FrameWriter(FIELDS_BYTES);
      encodeWorkerMessage(writer, 0, {kind: 'alive'});
      this.#connection.send(writer);
    };
    tell();
    this.#keepingAlive = setInterval(tell, intervalMs);
    this.#keepingAlive.unref();
  }

  /**
   * Ends the stream, and with it the agent and everything it started. Idempotent. `describe` makes the error that everything under
   * way fails with; most sandboxes end with nothing under way, and an error costs more than the rest of an ending.
   */
  close(describe: () => Error): void {
    this.#lose(describe);
    this.#connection.close();
  }

  onFrame(frame: Frame): void {
    const message = decodeAgentMessage(frame);
    if (message.kind === 'fault')
      throw new SandglassError('sandbox-lost', `The agent ended itself: ${describeStep(message)}.`);
    if (!this.#hasGreeted) {
      this.#greet(message);
      return;
    }
    const conversation = this.#conversations.get(frame.streamId);
    if (conversation === undefined)
      throw violation(`${message.kind} for stream ${frame.streamId}, on which nothing was asked`);
    if (conversation.handle(message)) this.#conversations.delete(frame.streamId);
  }

  onClose(cause: Error | null): void {
    const end = this.#lost === null && !(cause instanceof SandglassError) ? this.#abruptEnd?.() : null;
    if (end) for (const conversation of this.#conversations.values()) conversation.endAbruptly?.(end);
    this.#lose(() => (cause instanceof SandglassError ? cause : connectionEnded(cause)));
  }

  #greet(message: AgentMessage): void {
    if (message.kind !== 'hello') throw violation(`${message.kind} before HELLO`);
    if (message.version !== PROTOCOL_VERSION)
      throw violation(`protocol version ${message.version}, this worker speaks ${PROTOCOL_VERSION}`);
    this.#hasGreeted = true;
    this.#hello.resolve(message);
  }

  #writeFile(file: SandboxFile): Promise<true> {
    return this.#ask(
      {
        kind: 'write',
        path: file.path,
        mode: file.mode ?? DEFAULT_FILE_MODE,
        content: file.content,
        isQuiet: false,
      },
      `write ${JSON.stringify(file.path)}`,
      takeSuccess,
    );
  }

  async #ask<Value>(
    message: WorkerMessage,
    doing: string,
    take: (message: AgentMessage) => Value | undefined,
  ): Promise<Value> {
    if (this.#lost !== null) throw this.#lost();
    const streamId = this.#nextId();
    const writer = new FrameWriter(expectedBytes(message));
    encodeWorkerMessage(writer, streamId, message);
    const request = new Request({doing, take, giveUp: (error) => this.close(() => error)});
    this.#conversations.set(streamId, request);
    this.#connection.send(writer);
    return await request.answer;
  }

  #nextId(): number {
    return this.#ids.next((id) => this.#conversations.has(id));
  }

  #lose(describe: () => Error): void {
    if (this.#lost !== null) return;
    this.#lost = describe;
    clearInterval(this.#keepingAlive);
    if (!this.#hasGreeted) this.#hello.reject(describe());
    for (const conversation of this.#conversations.values()) conversation.fail(describe());
    this.#conversations.clear();
    this.#onLost();
  }
}

function connectionEnded(cause: Error | null): SandglassError {
  return new SandglassError(
    'sandbox-lost',
    'The connection to the agent ended while the sandbox was in use.',
    {
      cause,
    },
  );
}

function expectedBytes(message: WorkerMessage): number {
  if (message.kind !== 'write' || message.content.length >= SMALL_CONTENT_BYTES) return FIELDS_BYTES;
  return FIELDS_BYTES + message.content.length;
}

function ignore(): void {}
