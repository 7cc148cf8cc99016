import {Worker} from 'node:worker_threads';
import {SandglassError} from '@sandglass/protocol';
import type {AnswerOf, Command, CommandOf, OperationName} from '../operations/index.ts';
import type {CommandAnswer, FromThread, ThreadData, ToThread} from './thread-messages.ts';

/** One group is being committed while the next is on its way, so that the thread does not wait for this one. */
const MAX_GROUPS_IN_FLIGHT = 2;

/** Bounds the length of one transaction; the rest waits for the next. */
const MAX_GROUP_COMMANDS = 512;

/** Closing waits for the disk; a disk that does not answer must not hold up the end of the process. */
const CLOSE_TIMEOUT_MS = 10_000;

interface Call {
  readonly command: Command;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: SandglassError) => void;
}

/**
 * This side of the database thread: sends commands and settles their promises. What is called while the thread is busy is
 * collected and sent as one group; when it is idle a lone command leaves at once.
 */
export class DatabaseClient {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #waiting: Call[] = [];
  readonly #inFlight: Call[][] = [];
  readonly #exited = Promise.withResolvers<void>();
  #isFlushScheduled = false;
  #state: 'open' | 'closing' | 'closed' | 'broken' = 'open';
  /** What the thread threw, when it ended by itself. */
  #breakage: unknown;
  #closeProblem: string | null = null;
  #closing: Promise<void> | null = null;

  private constructor(worker: Worker, path: string) {
    this.#worker = worker;
    this.#path = path;
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => {
      this.#breakage = error;
    });
    worker.on('exit', () => this.#end());
  }

  /** Starts the thread and opens the database. The caller owns the client and closes it. Throws `store-failed`, `schema-too-new`. */
  static async open(path: string): Promise<DatabaseClient> {
    const data: ThreadData = {path};
    const worker = new Worker(new URL('./database-thread.ts', import.meta.url), {
      name: 'sandglass-store',
      workerData: data,
      // The thread needs neither the server's settings nor whatever flags the process was started with.
      env: {},
      execArgv: [],
    });
    const first = await firstMessage(worker, path);
    if (first.kind === 'opened') return new DatabaseClient(worker, path);
    if (first.kind === 'refused') throw new SandglassError(first.code, first.message);
    throw new SandglassError('internal-error', `The database thread began with "${first.kind}".`);
  }

  /** Carries out one operation. Buffers in `transfer` change hands and must not be used afterwards. Throws `store-failed`. */
  call<Name extends OperationName>(
    name: Name,
    input: CommandOf<Name>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<AnswerOf<Name>> {
    if (this.#state !== 'open') return Promise.reject(this.#unusableError());
    const {promise, resolve, reject} = Promise.withResolvers<unknown>();
    // Name and input are paired by this method's signature.
    const command = {name, input} as Command;
    this.#waiting.push({command, transfer, resolve, reject});
    this.#scheduleFlush();
    // The thread answers a command with the value of its operation.
    return promise as Promise<AnswerOf<Name>>;
  }

  /** Everything called before is carried out first. Idempotent. Throws `store-failed` when flushing failed. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#flush();
    const timer = setTimeout(() => {
      this.#closeProblem = `Cannot close the run store ${this.#path}: the disk did not answer within ${CLOSE_TIMEOUT_MS} ms.`;
      // Answered commands are durable already, and the database repairs itself when it is opened next.
      void this.#worker.terminate();
    }, CLOSE_TIMEOUT_MS);
    await this.#exited.promise;
    clearTimeout(timer);
    if (this.#closeProblem !== null) throw new SandglassError('store-failed', this.#closeProblem);
  }

  /**
   * Once everything that is ready to run has run: each message wakes the thread, which costs more than the commands in it, and the
   * acceptance of a run and its start are called one after the other.
   */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#inFlight.length < MAX_GROUPS_IN_FLIGHT) {
      const group = this.#waiting.splice(0, MAX_GROUP_COMMANDS);
      this.#inFlight.push(group);
      const message: ToThread = {kind: 'group', commands: group.map((call) => call.command)};
      this.#worker.postMessage(
        message,
        group.flatMap((call) => call.transfer),
      );
    }
    if (this.#state === 'closing' && this.#waiting.length === 0 && this.#inFlight.length === 0)
      this.#worker.postMessage({kind: 'close'} satisfies ToThread);
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case 'answers': {
        const group = this.#inFlight.shift() ?? [];
        // The next group leaves before this one's callers run, so that the disk is never idle for them.
        this.#flush();
        for (const [index, call] of group.entries()) settle(call, message.answers[index]);
        return;
      }
      case 'closed':
        this.#closeProblem = message.problem;
        return;
      case 'opened':
      case 'refused':
        // Only ever the first message, which open() has read.
        return;
      default:
        message satisfies never;
    }
  }

  /** The thread is gone: what it had not answered may or may not have been stored, and the callers must know. */
  #end(): void {
    this.#state = this.#state === 'closing' ? 'closed' : 'broken';
    const unanswered = [...this.#inFlight.splice(0).flat(), ...this.#waiting.splice(0)];
    for (const call of unanswered) call.reject(this.#unusableError());
    this.#exited.resolve();
  }

  #unusableError(): SandglassError {
    const why =
      this.#state === 'broken'
        ? 'its thread has ended unexpectedly. Restart the server; nothing that was confirmed is lost.'
        : 'it is closed.';
    return new SandglassError('store-failed', `Cannot use the run store ${this.#path}: ${why}`, {
      cause: this.#breakage,
    });
  }
}

function settle(call: Call, answer: CommandAnswer | undefined): void {
  if (answer?.kind === 'done') call.resolve(answer.value);
  else
    call.reject(new SandglassError('store-failed', answer?.message ?? 'The database thread gave no answer.'));
}

function firstMessage(worker: Worker, path: string): Promise<FromThread> {
  const {promise, resolve, reject} = Promise.withResolvers<FromThread>();
  const fail = (cause: unknown): void =>
    reject(
      new SandglassError('store-failed', `Cannot open the run store ${path}: its thread ended.`, {cause}),
    );
  worker.once('message', (message: FromThread) => resolve(message));
  worker.once('error', fail);
  worker.once('exit', fail);
  return promise.finally(() => {
    worker.off('error', fail);
    worker.off('exit', fail);
  });
}
