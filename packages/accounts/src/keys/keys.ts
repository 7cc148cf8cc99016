import {SandglassError} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {AccountTables, ApiKeysTable} from '../database/tables.ts';
import {nameProblems, refuse} from '../identity/names.ts';
import {toKnownUser} from '../identity/users.ts';
import type {Allowance, KnownUser, Principal, Scope} from '../principal.ts';
import {hashSecret, isSecret, newKeyToken, readKeyToken, writeKeyToken} from './key-token.ts';

/** A key as its user sees it; never its secret. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly allowance: Allowance;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly allowance: Allowance;
  readonly expiresAtMs: number | null;
}

/** More of them than anybody can keep apart. */
const MAX_KEYS = 100;
/** When a key was last used is written down no more often than this. */
const USE_NOTE_MS = 60_000;

/** API keys: made, listed, rotated, revoked, recognised. */
export class Keys {
  readonly #db: Kysely<AccountTables>;

  constructor(db: Kysely<AccountTables>) {
    this.#db = db;
  }

  /** Returns the key with its token, which is shown this once. Throws `invalid-request`, `forbidden`. */
  async create(user: KnownUser, {name, scopes, allowance, expiresAtMs}: NewKey) {
    refuse([
      ...nameProblems(name, '/name'),
      ...(expiresAtMs !== null && expiresAtMs <= Date.now()
        ? [{path: '/expiresAt', message: 'is in the past'}]
        : []),
    ]);
    if (scopes.includes('admin') && user.role !== 'admin')
      throw new SandglassError(
        'forbidden',
        'Cannot make the key: only administrators may have keys of scope "admin".',
      );
    const token = newKeyToken();
    const row: ApiKeysTable = {
      id: token.id,
      user_id: user.id,
      name,
      secret_hash: hashSecret(token.secret),
      scopes: JSON.stringify([...new Set(scopes)]),
      allowance: JSON.stringify(allowance),
      created_at_ms: Date.now(),
      expires_at_ms: expiresAtMs,
      revoked_at_ms: null,
      last_used_at_ms: null,
    };
    await this.#db.transaction().execute(async (db) => {
      const {keys} = await db
        .selectFrom('api_keys')
        .select((eb) => eb.fn.countAll<number>().as('keys'))
        .where('user_id', '=', user.id)
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirstOrThrow();
      if (Number(keys) >= MAX_KEYS)
        throw new SandglassError(
          'forbidden',
          `Cannot make the key: you have ${MAX_KEYS} already. Revoke one first.`,
        );
      await db.insertInto('api_keys').values(row).execute();
    });
    return {key: toKeyRecord(row), token: writeKeyToken(token)};
  }

  async list(userId: string): Promise<KeyRecord[]> {
    const rows = await this.#db
      .selectFrom('api_keys')
      .selectAll()
      .where('user_id', '=', userId)
      .orderBy('created_at_ms', 'desc')
      .limit(2 * MAX_KEYS)
      .execute();
    return rows.map(toKeyRecord);
  }

  /** A new secret for the same key; the old one is worth nothing from then on. Throws `not-found`, also for another user's key. */
  async rotate(userId: string, id: string) {
    const token = newKeyToken(id);
    await this.#change(userId, id, {secret_hash: hashSecret(token.secret)});
    const row = await this.#db
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return {key: toKeyRecord(row), token: writeKeyToken(token)};
  }

  /** Runs that were begun with it finish; nothing new starts. Throws `not-found`. */
  async revoke(userId: string, id: string): Promise<void> {
    await this.#change(userId, id, {revoked_at_ms: Date.now()});
  }

  /** Who stands behind a token; null for one that is forged, revoked, expired, or whose user is disabled. */
  async recognise(text: string): Promise<Extract<Principal, {kind: 'key'}> | null> {
    const token = readKeyToken(text);
    if (token === null) return null;
    const row = await this.#db
      .selectFrom('api_keys')
      .innerJoin('users', 'users.id', 'api_keys.user_id')
      .selectAll('api_keys')
      .select(['users.username', 'users.name as user_name', 'users.role', 'users.isDisabled'])
      .select('users.allowance as user_allowance')
      .where('api_keys.id', '=', token.id)
      .executeTakeFirst();
    const now = Date.now();
    if (row === undefined || !isSecret(token.secret, row.secret_hash)) return null;
    if (row.revoked_at_ms !== null || (row.expires_at_ms ?? now + 1) <= now || row.isDisabled) return null;
    if ((row.last_used_at_ms ?? 0) < now - USE_NOTE_MS)
      await this.#db.updateTable('api_keys').set({last_used_at_ms: now}).where('id', '=', row.id).execute();
    const user = {id: row.user_id, username: row.username, name: row.user_name, role: row.role};
    return {
      kind: 'key',
      user: toKnownUser({...user, allowance: row.user_allowance}),
      keyId: row.id,
      scopes: toKeyRecord(row).scopes,
      allowance: toKeyRecord(row).allowance,
    };
  }

  async #change(userId: string, id: string, change: Partial<ApiKeysTable>): Promise<void> {
    const {numUpdatedRows} = await this.#db
      .updateTable('api_keys')
      .set(change)
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('revoked_at_ms', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n)
      throw new SandglassError(
        'not-found',
        `Cannot find key ${id}: it never existed, is not yours, or was revoked.`,
      );
  }
}

function toKeyRecord(row: ApiKeysTable): KeyRecord {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    name: row.name,
    // Written by `create` only, from values of these types.
    scopes: JSON.parse(row.scopes) as Scope[],
    allowance: JSON.parse(row.allowance) as Allowance,
    createdAt: new Date(row.created_at_ms).toISOString(),
    expiresAt: time(row.expires_at_ms),
    revokedAt: time(row.revoked_at_ms),
    lastUsedAt: time(row.last_used_at_ms),
  };
}
