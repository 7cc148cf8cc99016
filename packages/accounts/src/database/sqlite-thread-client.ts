import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import {SandglassError} from '@sandglass/protocol';
import type {ThreadAnswer, ThreadQuery} from './sqlite-thread.ts';

interface Waiting {
  readonly resolve: (answer: {rows: unknown[]; changes: number}) => void;
  readonly reject: (error: Error) => void;
}

/** The near end of the SQLite thread: one promise for each statement. The owner closes it. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #end: Error | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: ThreadAnswer) => this.#receive(answer));
    worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#fail(new Error('its thread has ended')));
    // A server that is told to stop closes it; one that has crashed must not be kept alive by it.
    worker.unref();
  }

  /** Throws `store-failed` when the file cannot be opened. */
  static async open(path: string): Promise<SqliteThread> {
    const worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {workerData: {path}});
    // The thread's first message says whether it could open the file.
    const [first] = (await once(worker, 'message')) as [ThreadAnswer];
    if (first.kind === 'failed')
      throw new SandglassError(
        'store-failed',
        `Cannot open the accounts database ${path}: ${first.message}. Look at its permissions and free space.`,
      );
    return new SqliteThread(worker);
  }

  async execute(sql: string, parameters: readonly unknown[]): Promise<{rows: unknown[]; changes: number}> {
    if (this.#end !== null) throw failed(this.#end.message);
    const id = ++this.#lastId;
    const {promise, resolve, reject} = Promise.withResolvers<{rows: unknown[]; changes: number}>();
    this.#waiting.set(id, {resolve, reject});
    this.#worker.ref();
    this.#worker.postMessage({id, sql, parameters} satisfies ThreadQuery);
    return await promise;
  }

  async close(): Promise<void> {
    if (this.#end !== null) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage('close');
    await ended;
  }

  #receive(answer: ThreadAnswer): void {
    if (answer.kind === 'opened' || answer.id === null) return;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (answer.kind === 'rows') waiting?.resolve(answer);
    else waiting?.reject(new Error(answer.message));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const {reject} of this.#waiting.values()) reject(failed(error.message));
    this.#waiting.clear();
  }
}

function failed(reason: string): SandglassError {
  return new SandglassError(
    'store-failed',
    `Cannot use the accounts database: ${reason}. Restart the server; nothing confirmed is lost.`,
  );
}
