import {SandglassError} from '@sandglass/protocol';
import {Kysely, PostgresDialect} from 'kysely';
import type pg from 'pg';
import type {CommandRunner} from '../command-run-store.ts';
import {ClaimTaken} from '../operations/accept-runs.ts';
import {
  type AnswerOf,
  type Command,
  type CommandOf,
  execute,
  isWrite,
  type OperationName,
} from '../operations/index.ts';
import {isOneStatement} from '../operations/is-one-statement.ts';
import {POSTGRES_COLUMN_TYPES} from '../schema/column-types.ts';
import {migrate} from '../schema/migrate.ts';
import type {Tables} from '../schema/tables.ts';
import {explainPostgresError, isConnectionError, isDeadlock, placeOf} from './explain-postgres-error.ts';
import {openPool} from './open-pool.ts';
import {PreparedPool} from './prepared-pool.ts';

/** Bounds the length of one transaction; the rest waits for the next. */
const MAX_GROUP_COMMANDS = 128;

/** Two processes that commit the same idempotency key wait for each other; whoever comes second sees the first's at the next try. */
const MAX_CLAIM_TRIES = 5;
const MAX_DEADLOCK_TRIES = 3;

interface Call {
  readonly command: Command;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface PostgresClientOptions {
  readonly url: string;
  /** Connections at once; one of them writes. */
  readonly maxConnections: number;
}

/**
 * Carries out operations on PostgreSQL. All writes of a process go over one connection, those called while a commit is under way
 * together in the next one: that keeps their order and shares the wait for the disk. Reads use the other connections, after the writes that
 * were called before them.
 */
export class PostgresClient implements CommandRunner {
  readonly pool: pg.Pool;
  readonly db: Kysely<Tables>;
  readonly #place: string;
  readonly #waiting: Call[] = [];
  #writing: Promise<void> = Promise.resolve();
  /** Settles with the write that was called last, and so with all before it. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  #isWriting = false;
  #closing: Promise<void> | null = null;
  readonly #reading = new Set<Promise<unknown>>();

  private constructor({url, maxConnections}: PostgresClientOptions) {
    this.pool = openPool(url, maxConnections);
    this.db = new Kysely<Tables>({dialect: new PostgresDialect({pool: new PreparedPool(this.pool)})});
    this.#place = placeOf(url);
  }

  /** Connects and brings the schema up to date. The caller owns the client and closes it. Throws `store-failed`, `schema-too-new`. */
  static async open(options: PostgresClientOptions): Promise<PostgresClient> {
    const client = new PostgresClient(options);
    try {
      await client.#migrate();
    } catch (error) {
      await client.db.destroy();
      throw error;
    }
    return client;
  }

  call<Name extends OperationName>(name: Name, input: CommandOf<Name>): Promise<AnswerOf<Name>> {
    if (this.#closing !== null) return Promise.reject(this.#failed(new Error('it is closed'), 'write'));
    // Name and input are paired by this method's signature, as are an operation and its answer.
    const command = {name, input} as Command;
    return (isWrite(name) ? this.#write(command) : this.#read(command)) as Promise<AnswerOf<Name>>;
  }

  /**
   * Runs a query of the adapter's own, which is a write of its own kind: one statement or one transaction. Renewing all leases of a worker
   * and ending some of its runs can wait for each other's rows; whoever is undone then is tried again. Throws `store-failed`.
   */
  async query<Answer>(run: (db: Kysely<Tables>) => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      try {
        return await run(this.db);
      } catch (error) {
        if (!isDeadlock(error) || tries >= MAX_DEADLOCK_TRIES) throw this.#failed(error, 'write');
      }
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    await Promise.allSettled(this.#reading);
    await this.db.destroy();
  }

  async #migrate(): Promise<void> {
    let outcome: Awaited<ReturnType<typeof migrate>>;
    try {
      outcome = await migrate(this.db, POSTGRES_COLUMN_TYPES);
    } catch (error) {
      throw this.#failed(error, 'open');
    }
    if (outcome.kind === 'schema-too-new')
      throw new SandglassError(
        'schema-too-new',
        `Cannot open the run store ${this.#place}: it has the migrations ${outcome.unknown.join(', ')}, which this version of Sandglass does not know. Start the version that made them, or a later one.`,
      );
  }

  #write(command: Command): Promise<unknown> {
    const {promise, resolve, reject} = Promise.withResolvers<unknown>();
    this.#waiting.push({command, resolve, reject});
    // Whoever called it is told when it fails.
    this.#lastWrite = promise.catch(() => undefined);
    if (!this.#isWriting) {
      this.#isWriting = true;
      this.#writing = this.#writeWaiting();
    }
    return promise;
  }

  async #read(command: Command): Promise<unknown> {
    const reading = this.#lastWrite.then(() => execute(this.db, command));
    this.#reading.add(reading);
    try {
      return await reading;
    } catch (error) {
      throw this.#failed(error, 'read');
    } finally {
      this.#reading.delete(reading);
    }
  }

  async #writeWaiting(): Promise<void> {
    // What is called in the same turn of the event loop belongs to the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MAX_GROUP_COMMANDS));
    this.#isWriting = false;
  }

  /** One commit for all; when a statement in it fails, one for each, so that a failure stays with the command that caused it. */
  async #commit(group: readonly Call[]): Promise<void> {
    try {
      const answers = await this.#transact(group.map((call) => call.command));
      for (const [index, call] of group.entries()) call.resolve(answers[index]);
    } catch (error) {
      const [only] = group;
      if (isConnectionError(error) && !(error instanceof ClaimTaken))
        for (const call of group) call.reject(this.#failed(error, 'write'));
      else if (group.length > 1) for (const call of group) await this.#commit([call]);
      else if (only !== undefined) await this.#retryClaim(only, error);
    }
  }

  async #retryClaim(call: Call, firstError: unknown): Promise<void> {
    let error = firstError;
    for (let tries = 1; error instanceof ClaimTaken && tries < MAX_CLAIM_TRIES; tries++) {
      try {
        const [answer] = await this.#transact([call.command]);
        call.resolve(answer);
        return;
      } catch (next) {
        error = next;
      }
    }
    call.reject(this.#failed(error, 'write'));
  }

  async #transact(commands: readonly Command[]): Promise<unknown[]> {
    const [only] = commands;
    if (only !== undefined && commands.length === 1 && isOneStatement(only))
      return [await execute(this.db, only)];
    return await this.db.transaction().execute(async (transaction) => {
      const answers: unknown[] = [];
      for (const command of commands) answers.push(await execute(transaction, command));
      return answers;
    });
  }

  #failed(error: unknown, verb: 'open' | 'write' | 'read'): SandglassError {
    return new SandglassError('store-failed', explainPostgresError(error, verb, this.#place), {cause: error});
  }
}
