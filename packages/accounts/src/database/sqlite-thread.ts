/**
 * The thread that talks to SQLite. `node:sqlite` is synchronous, and the server's event loop must wait for no disk, so statements come
 * here as messages and are carried out in the order of their arrival. Transactions are statements like any other: who holds the one
 * connection decides where they begin and end.
 */
import {closeSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync, type SQLInputValue, type StatementSync} from 'node:sqlite';
import {parentPort, workerData} from 'node:worker_threads';

export interface ThreadQuery {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type ThreadAnswer =
  | {readonly kind: 'opened'}
  | {readonly kind: 'rows'; readonly id: number; readonly rows: unknown[]; readonly changes: number}
  | {readonly kind: 'failed'; readonly id: number | null; readonly message: string};

/** Another process (an administrator's command) may hold the lock for a moment. */
const LOCK_WAIT_MS = 5_000;
const MAX_STATEMENTS = 256;

if (parentPort === null) throw new Error('sqlite-thread.ts runs as a worker thread only.');
const port = parentPort;
// Written by SqliteThread only.
serve((workerData as {readonly path: string}).path);

function serve(path: string): void {
  const post = (answer: ThreadAnswer) => port.postMessage(answer);
  let database: DatabaseSync;
  try {
    database = open(path);
  } catch (error) {
    post({kind: 'failed', id: null, message: messageOf(error)});
    port.close();
    return;
  }
  const statements = new Map<string, StatementSync>();
  port.on('message', (query: ThreadQuery | 'close') => {
    if (query === 'close') {
      database.close();
      port.close();
      return;
    }
    try {
      post({kind: 'rows', id: query.id, ...execute(database, statements, query)});
    } catch (error) {
      post({kind: 'failed', id: query.id, message: messageOf(error)});
    }
  });
  post({kind: 'opened'});
}

function open(path: string): DatabaseSync {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, {
    timeout: LOCK_WAIT_MS,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
    defensive: true,
  });
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  return database;
}

function execute(
  database: DatabaseSync,
  statements: Map<string, StatementSync>,
  {sql, parameters}: ThreadQuery,
): {rows: unknown[]; changes: number} {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= MAX_STATEMENTS) statements.delete(oldest);
    statements.set(sql, statement);
  }
  const values = parameters.map(toSql);
  if (statement.columns().length > 0) return {rows: statement.all(...values), changes: 0};
  return {rows: [], changes: Number(statement.run(...values).changes)};
}

/** SQLite has neither booleans nor dates; better-auth and we write them as 0 and 1 and as RFC 3339. */
function toSql(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.toISOString();
  if (value === undefined) return null;
  // Anything else that SQLite cannot hold is refused by `node:sqlite` itself.
  return value as SQLInputValue;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
