import {createHash} from 'node:crypto';
import {Audit} from './audit/audit.ts';
import {type AccountsDatabase, migrate} from './database/index.ts';
import {accountsMigration} from './database/migrations/0001-accounts.ts';
import {markersMigration} from './database/migrations/0002-markers.ts';
import {openRunsMigration} from './database/migrations/0003-open-runs.ts';
import type {AccountTables} from './database/tables.ts';
import {Identity, type IdentitySettings} from './identity/identity.ts';
import {Invitations} from './identity/invitations.ts';
import {Users} from './identity/users.ts';
import {Keys} from './keys/keys.ts';
import {Gate} from './limits/gate.ts';
import type {LimitStore} from './limits/limit-store.ts';
import type {Allowance, KnownUser, Principal} from './principal.ts';
import {Recent} from './recent.ts';
import {Usage} from './usage/usage.ts';

export interface AccountsSettings extends IdentitySettings {
  /** Bounds of users who have none of their own. */
  readonly defaultAllowance: Allowance;
  readonly auditRetentionDays: number;
  /** Told of faults that no request is there to hear of. */
  readonly onFault: (error: unknown) => void;
}

/** Users, sessions, keys, limits and audit over one database. Owns what it starts, not the database nor the limit store. */
export class Accounts implements AsyncDisposable {
  readonly identity: Identity;
  readonly users: Users;
  readonly keys: Keys;
  readonly invitations: Invitations;
  readonly usage: Usage;
  readonly audit: Audit;
  readonly gate: Gate;
  readonly #keyHolders = new Recent<Extract<Principal, {kind: 'key'}> | null>();
  readonly #sessionUsers = new Recent<KnownUser | null>();
  readonly #sessions = new Recent<Awaited<ReturnType<Identity['session']>>>();

  private constructor(database: AccountsDatabase, limits: LimitStore, settings: AccountsSettings) {
    const db = database.tables<AccountTables>();
    this.invitations = new Invitations(db);
    this.identity = new Identity(database, this.invitations, settings);
    this.users = new Users(db);
    this.keys = new Keys(db);
    this.usage = new Usage(db);
    this.audit = new Audit(db, {retentionDays: settings.auditRetentionDays, onFault: settings.onFault});
    this.gate = new Gate({
      limits,
      usage: this.usage,
      defaultAllowance: settings.defaultAllowance,
      onFault: settings.onFault,
    });
  }

  /** Brings the tables up to date. Throws `schema-too-new`, `store-failed`. */
  static async open(
    database: AccountsDatabase,
    limits: LimitStore,
    settings: AccountsSettings,
  ): Promise<Accounts> {
    const migrations = () => ({
      '0001-accounts': accountsMigration(database.types),
      '0002-markers': markersMigration,
      '0003-open-runs': openRunsMigration(database.types),
    });
    await migrate(database.tables(), {name: 'accounts', migrations, types: database.types});
    return new Accounts(database, limits, settings);
  }

  /** Who holds this key, as of half a second ago at most; null when nobody does any more, or ever did. */
  async keyHolder(token: string): Promise<Extract<Principal, {kind: 'key'}> | null> {
    return await this.#keyHolders.get(fingerprint(token), () => this.keys.recognise(token));
  }

  /** Whose session these cookies stand for, as of half a second ago at most. */
  async session(cookie: string): ReturnType<Identity['session']> {
    return await this.#sessions.get(fingerprint(cookie), () => this.identity.session(cookie));
  }

  /** Who has this session, as of half a second ago at most; null when it has ended. */
  async sessionById(sessionId: string): Promise<{user: KnownUser; sessionId: string} | null> {
    const user = await this.#sessionUsers.get(sessionId, () => this.users.sessionUser(sessionId));
    return user === null ? null : {user, sessionId};
  }

  /** What was revoked or changed here acts at once here; other processes follow within a second. */
  forget(): void {
    this.#keyHolders.clear();
    this.#sessions.clear();
    this.#sessionUsers.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.audit[Symbol.asyncDispose]();
  }
}

/** Keys and cookies are not kept in memory longer than their request. */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
