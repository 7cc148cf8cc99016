import type {DatabaseSync} from 'node:sqlite';
import type {Kysely} from 'kysely';
import {type Command, execute, isWrite} from '../operations/index.ts';
import type {Tables} from '../schema/tables.ts';
import {explainSqliteError} from './explain-sqlite-error.ts';
import type {CommandAnswer} from './thread-messages.ts';

export interface OpenStore {
  readonly database: DatabaseSync;
  readonly db: Kysely<Tables>;
  readonly path: string;
}

/**
 * Carries out commands that arrived together, and answers each in its place. All writes share one transaction, so that they
 * share one wait for the disk; reads follow it, so that they see only what is durable.
 */
export async function runGroup(store: OpenStore, commands: readonly Command[]): Promise<CommandAnswer[]> {
  const answers = new Map<Command, CommandAnswer>();
  const writes = commands.filter((command) => isWrite(command.name));
  for (const [index, answer] of (await runWrites(store, writes)).entries()) {
    const command = writes[index];
    if (command !== undefined) answers.set(command, answer);
  }
  for (const command of commands)
    if (!isWrite(command.name)) answers.set(command, await runRead(store, command));
  return commands.map((command) => answers.get(command) ?? {kind: 'failed', message: 'No answer was made.'});
}

/**
 * One commit for all, or, when anything in it fails, one for each: a failure undoes the whole transaction, and only alone can
 * each command show whether it was at fault. This covers a wrong command, a disk too full for one large record, and a
 * commit that fails, with nothing to pay for it on the way that works.
 */
async function runWrites(store: OpenStore, commands: readonly Command[]): Promise<CommandAnswer[]> {
  if (commands.length === 0) return [];
  try {
    return await commitTogether(store, commands);
  } catch (error) {
    if (commands.length === 1)
      return [{kind: 'failed', message: explainSqliteError(error, {verb: 'write', path: store.path})}];
  }
  const answers: CommandAnswer[] = [];
  for (const command of commands) answers.push(...(await runWrites(store, [command])));
  return answers;
}

async function commitTogether(
  {database, db}: OpenStore,
  commands: readonly Command[],
): Promise<CommandAnswer[]> {
  database.exec('BEGIN IMMEDIATE');
  try {
    const answers: CommandAnswer[] = [];
    for (const command of commands) answers.push({kind: 'done', value: await execute(db, command)});
    database.exec('COMMIT');
    return answers;
  } finally {
    // Some errors, a full disk for one, have rolled the transaction back already (https://www.sqlite.org/lang_transaction.html).
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

async function runRead({db, path}: OpenStore, command: Command): Promise<CommandAnswer> {
  try {
    return {kind: 'done', value: await execute(db, command)};
  } catch (error) {
    return {kind: 'failed', message: explainSqliteError(error, {verb: 'read', path})};
  }
}
