import {SandglassError} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {AccountTables, StoredTime, UsersTable} from '../database/tables.ts';
import type {Allowance, KnownUser, Role} from '../principal.ts';
import {realAddress} from './names.ts';

/** A user as administrators see them. */
export interface UserRecord extends KnownUser {
  readonly email: string | null;
  readonly isDisabled: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface UserChange {
  readonly role?: Role | undefined;
  readonly isDisabled?: boolean | undefined;
  /** Null goes back to the server's default. */
  readonly allowance?: Allowance | null | undefined;
}

/** A session as its user sees it; never its token. */
export interface SessionRecord {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly userAgent: string;
}

/** Users and their sessions, looked at and changed. */
export class Users {
  readonly #db: Kysely<AccountTables>;

  constructor(db: Kysely<AccountTables>) {
    this.#db = db;
  }

  /** In the order of sign-up, after the user with id `after`. */
  async list({after, limit}: {readonly after: string | null; readonly limit: number}): Promise<UserRecord[]> {
    let query = this.#db.selectFrom('users').selectAll().orderBy('id').limit(limit);
    if (after !== null) query = query.where('id', '>', after);
    return (await query.execute()).map(toUserRecord);
  }

  /** Throws `not-found`. */
  async get(id: string): Promise<UserRecord> {
    const row = await this.#db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw notFound(id);
    return toUserRecord(row);
  }

  async findByName(username: string): Promise<UserRecord | null> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('username', '=', username.toLowerCase())
      .executeTakeFirst();
    return row === undefined ? null : toUserRecord(row);
  }

  /**
   * Changes role, state or bounds. A disabled user has no session from then on. Throws `not-found`, and `forbidden` when no
   * administrator would be left.
   */
  async change(id: string, {role, isDisabled, allowance}: UserChange): Promise<UserRecord> {
    const {kind} = await this.#db.transaction().execute(async (db) => {
      const changed = await db
        .updateTable('users')
        .set({
          ...(role === undefined ? {} : {role}),
          ...(isDisabled === undefined ? {} : {isDisabled}),
          ...(allowance === undefined
            ? {}
            : {allowance: allowance === null ? null : JSON.stringify(allowance)}),
          updatedAt: new Date().toISOString(),
        })
        .where('id', '=', id)
        .executeTakeFirst();
      if (changed.numUpdatedRows !== 1n) return {kind: 'unknown'} as const;
      const admins = await db.selectFrom('users').select('isDisabled').where('role', '=', 'admin').execute();
      if (!admins.some((admin) => !admin.isDisabled)) throw lastAdministrator();
      if (isDisabled === true) await db.deleteFrom('sessions').where('userId', '=', id).execute();
      return {kind: 'changed'} as const;
    });
    if (kind === 'unknown') throw notFound(id);
    return await this.get(id);
  }

  async sessions(userId: string): Promise<SessionRecord[]> {
    const rows = await this.#db
      .selectFrom('sessions')
      .selectAll()
      .where('userId', '=', userId)
      .orderBy('createdAt', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      createdAt: rfc3339(row.createdAt),
      expiresAt: rfc3339(row.expiresAt),
      address: row.ipAddress ?? '',
      userAgent: row.userAgent ?? '',
    }));
  }

  /** Whose session this is; null when it has ended, or its user is disabled. */
  async sessionUser(sessionId: string): Promise<KnownUser | null> {
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.userId')
      .selectAll('users')
      .select('sessions.expiresAt')
      .where('sessions.id', '=', sessionId)
      .executeTakeFirst();
    if (row === undefined || row.isDisabled || Date.parse(rfc3339(row.expiresAt)) <= Date.now()) return null;
    return toKnownUser(row);
  }

  /** Ends one session. Throws `not-found`, also for another user's. */
  async revokeSession(userId: string, sessionId: string): Promise<void> {
    const {numDeletedRows} = await this.#db
      .deleteFrom('sessions')
      .where('id', '=', sessionId)
      .where('userId', '=', userId)
      .executeTakeFirst();
    if (numDeletedRows !== 1n)
      throw new SandglassError('not-found', `Cannot end session ${sessionId}: you have no such session.`);
  }
}

export function toKnownUser(
  row: Pick<UsersTable, 'id' | 'username' | 'name' | 'role' | 'allowance'>,
): KnownUser {
  const {id, username, name} = row;
  // Written by `change` only, from a value of this type.
  const allowance = row.allowance === null ? null : (JSON.parse(row.allowance) as Allowance);
  return {id, username, name, role: row.role === 'admin' ? 'admin' : 'member', allowance};
}

function toUserRecord(row: UsersTable): UserRecord {
  return {
    ...toKnownUser(row),
    email: realAddress(row.email),
    isDisabled: Boolean(row.isDisabled),
    createdAt: rfc3339(row.createdAt),
  };
}

function rfc3339(time: StoredTime): string {
  return time instanceof Date ? time.toISOString() : new Date(time).toISOString();
}

function notFound(id: string): SandglassError {
  return new SandglassError('not-found', `Cannot find user ${id}.`);
}

function lastAdministrator(): SandglassError {
  return new SandglassError(
    'forbidden',
    'Cannot change the user: no administrator would be left. Make somebody else administrator first.',
  );
}
