import {createHash, randomBytes} from 'node:crypto';
import {SandglassError} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {AccountTables} from '../database/tables.ts';
import type {Role} from '../principal.ts';

const TOKEN_BYTES = 24;

/** Invitations: each lets one person sign up, within its time. Only hashes are kept. */
export class Invitations {
  readonly #db: Kysely<AccountTables>;

  constructor(db: Kysely<AccountTables>) {
    this.#db = db;
  }

  /** Returns the token, which is shown once. */
  async create(
    by: string,
    {role, expiresAtMs}: {readonly role: Role; readonly expiresAtMs: number},
  ): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    await this.#db
      .insertInto('invitations')
      .values({
        token_hash: hashOf(token),
        role,
        created_by: by,
        created_at_ms: Date.now(),
        expires_at_ms: expiresAtMs,
        used_by: null,
      })
      .execute();
    return token;
  }

  /** Uses an invitation up. Throws `forbidden` for one that was used, has expired or never was. */
  async use(token: string, username: string): Promise<Role> {
    const hash = hashOf(token);
    const used = await this.#db
      .updateTable('invitations')
      .set({used_by: username})
      .where('token_hash', '=', hash)
      .where('used_by', 'is', null)
      .where('expires_at_ms', '>', Date.now())
      .executeTakeFirst();
    if (used.numUpdatedRows !== 1n)
      throw new SandglassError(
        'forbidden',
        'Cannot sign up: the invitation was used before, has expired or was never given. Ask for another one.',
      );
    const {role} = await this.#db
      .selectFrom('invitations')
      .select('role')
      .where('token_hash', '=', hash)
      .executeTakeFirstOrThrow();
    return role === 'admin' ? 'admin' : 'member';
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
