/**
 * The thread that owns the SQLite database. `node:sqlite` is synchronous, and waiting for the disk must not stop the server,
 * so all of it happens here. Messages are served strictly one after the other: each group of commands is one commit, and
 * its answers leave only when that commit is on the disk.
 */
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {Kysely} from 'kysely';
import {SQLITE_COLUMN_TYPES} from '../schema/column-types.ts';
import {migrate} from '../schema/migrate.ts';
import type {Tables} from '../schema/tables.ts';
import {answerBuffers} from './answer-buffers.ts';
import {explainSqliteError} from './explain-sqlite-error.ts';
import {type OpenStore, runGroup} from './group-commit.ts';
import {NodeSqliteDialect} from './node-sqlite-dialect.ts';
import {openDatabase} from './open-database.ts';
import type {FromThread, ThreadData, ToThread} from './thread-messages.ts';

if (parentPort === null) throw new Error('database-thread.ts runs as a worker thread only.');
// Written by openDatabaseThread only.
await serve(parentPort, workerData as ThreadData);

async function serve(port: MessagePort, {path}: ThreadData): Promise<void> {
  const post = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const store = await openStore(path, post);
  if (store === null) return;
  let served = Promise.resolve();
  const handle = async (message: ToThread): Promise<void> => {
    if (message.kind === 'group') {
      const answers = await runGroup(store, message.commands);
      post({kind: 'answers', answers}, answerBuffers(answers));
      return;
    }
    post({kind: 'closed', problem: closeStore(store)});
    port.close();
  };
  port.on('message', (message: ToThread) => {
    served = served.then(() => handle(message));
  });
  post({kind: 'opened'});
}

async function openStore(path: string, post: (message: FromThread) => void): Promise<OpenStore | null> {
  try {
    const database = openDatabase(path);
    const db = new Kysely<Tables>({dialect: new NodeSqliteDialect(database)});
    const schema = await migrate(db, SQLITE_COLUMN_TYPES);
    if (schema.kind === 'up-to-date') return {database, db, path};
    database.close();
    post({kind: 'refused', code: 'schema-too-new', message: schemaTooNewMessage(path, schema.unknown)});
  } catch (error) {
    post({kind: 'refused', code: 'store-failed', message: explainSqliteError(error, {verb: 'open', path})});
  }
  return null;
}

function closeStore({database, path}: OpenStore): string | null {
  try {
    // Closing the last connection moves the log into the database file and removes it.
    database.close();
    return null;
  } catch (error) {
    return explainSqliteError(error, {verb: 'close', path});
  }
}

function schemaTooNewMessage(path: string, unknown: readonly string[]): string {
  return `Cannot open the run store ${path}: a newer Sandglass has changed its schema (${unknown.join(', ')}), and this version would not understand it. Start that newer version, or set another SANDGLASS_DATA_DIR.`;
}
