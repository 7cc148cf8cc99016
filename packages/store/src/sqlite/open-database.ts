import {closeSync, mkdirSync, openSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';

/** A predecessor that is just shutting down gets this long to let go. */
const LOCK_WAIT_MS = 3_000;

/** After a burst the write-ahead log is cut back to this size instead of staying as large as it ever was. */
const MAX_IDLE_LOG_BYTES = 64 * 1024 * 1024;

const CACHE_KIB = 16 * 1024;

/**
 * Opens the database for this process alone, creating file and folder readable by their owner only: they hold the users'
 * programs. The caller closes it. Throws what SQLite throws; code 5 means that another process has it open.
 *
 * The lock is SQLite's own exclusive locking mode, so the kernel drops it when the process dies in whatever way, and
 * write-ahead logging needs no shared memory file (https://www.sqlite.org/wal.html, "Use of WAL Without Shared-Memory").
 */
export function openDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), {recursive: true, mode: 0o700});
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, {
    timeout: LOCK_WAIT_MS,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
    defensive: true,
  });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Exclusive mode locks at the first access, and nobody should learn of a second process any later than here.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    database.exec('PRAGMA journal_mode = WAL');
    // Each commit reaches the disk before it is answered: what was accepted survives a power cut as well.
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`PRAGMA journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    database.exec('PRAGMA temp_store = MEMORY');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
