/** Primary result codes (https://www.sqlite.org/rescode.html) that an operator can do something about. */
const REMEDIES: Readonly<Record<number, string>> = {
  3: 'The file may not be accessed by this user. Give it and its folder to the user that runs Sandglass.',
  5: 'Another process has it open, probably a second Sandglass with the same data directory. Stop that one, or set another SANDGLASS_DATA_DIR.',
  8: 'It is read-only. Make the file, its folder and the file system writable for this user.',
  10: 'The disk reports an error. Look at the kernel log, and restore the database from a backup if the disk is bad.',
  11: 'The file is damaged. Move it away and restore a backup, or start with an empty data directory.',
  13: 'The disk is full. Free space there, or move the data directory to a larger disk.',
  14: 'It cannot be opened. Check that its folder exists and that this user may write there.',
  26: 'The file is not a SQLite database. Move it away, or set another SANDGLASS_DATA_DIR.',
};

export interface StoreAttempt {
  /** What was attempted, such as `open`. */
  readonly verb: 'open' | 'write' | 'read' | 'close';
  readonly path: string;
}

/** Says what failed, why as far as SQLite knows, and what to do about it. */
export function explainSqliteError(error: unknown, {verb, path}: StoreAttempt): string {
  const attempted = `Cannot ${verb} the run store ${path}`;
  if (!isSqliteError(error))
    return `${attempted}: ${error instanceof Error ? error.message : String(error)}.`;
  // The upper bits of an extended code tell the variant, the lowest eight the cause.
  const remedy = REMEDIES[error.errcode & 0xff];
  const detail = `SQLite says "${error.message}", code ${error.errcode}`;
  return remedy === undefined ? `${attempted}: ${detail}.` : `${attempted}: ${detail}. ${remedy}`;
}

function isSqliteError(error: unknown): error is Error & {readonly errcode: number} {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}
