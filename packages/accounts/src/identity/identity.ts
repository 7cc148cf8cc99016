import {AsyncLocalStorage} from 'node:async_hooks';
import {availableParallelism} from 'node:os';
import {SandglassError} from '@sandglass/protocol';
import {APIError} from 'better-auth/api';
import type {Kysely} from 'kysely';
import {type AccountsDatabase, isUniqueViolation} from '../database/index.ts';
import type {AccountTables} from '../database/tables.ts';
import type {KnownUser, Role} from '../principal.ts';
import {BoundedWork} from './bounded-work.ts';
import {
  type Auth,
  type AuthSettings,
  CLIENT_ADDRESS_HEADER,
  createAuth,
  OIDC_PROVIDER,
} from './create-auth.ts';
import type {Invitations} from './invitations.ts';
import {checkIdentity, checkPassword, type NewIdentity} from './names.ts';
import {toKnownUser} from './users.ts';

/** Hashing passwords leaves processors for everybody else; with this many before him nobody waits longer than a few seconds. */
const HASHING = {concurrency: Math.min(4, Math.ceil(availableParallelism() / 2)), maxWaiting: 64};

export type SignUpMode = 'open' | 'invitation' | 'closed';

/** Where a request came from, for the list of sessions. */
export interface Client {
  readonly address: string;
  readonly userAgent: string;
}

export interface SignedIn {
  readonly user: KnownUser;
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

export interface NewSession extends SignedIn {
  readonly sessionId: string;
}

export interface IdentitySettings extends Omit<AuthSettings, 'onResetToken'> {
  readonly signUp: SignUpMode;
}

/** Who people are: sign-up, sign-in, passwords. Sessions and hashes are better-auth's. */
export class Identity {
  readonly #db: Kysely<AccountTables>;
  readonly #auth: Auth;
  readonly #settings: IdentitySettings;
  readonly #invitations: Invitations;
  /** Everything that hashes a password. */
  readonly #hashing = new BoundedWork(HASHING);
  /** better-auth hands a reset token to a callback; this tells which call it belongs to. */
  readonly #resets = new AsyncLocalStorage<{token: string | null}>();

  constructor(database: AccountsDatabase, invitations: Invitations, settings: IdentitySettings) {
    this.#db = database.tables<AccountTables>();
    this.#settings = settings;
    this.#invitations = invitations;
    this.#auth = createAuth(database, {
      ...settings,
      onResetToken: (token) => {
        const reset = this.#resets.getStore();
        if (reset !== undefined) reset.token = token;
      },
    });
  }

  /**
   * Makes an account and signs in. The first user of all becomes administrator. Throws `forbidden` when sign-up is closed or the
   * invitation is not (any more) good, `already-exists`, `invalid-request`.
   */
  async signUp(
    input: NewIdentity & {readonly invitation?: string | undefined},
    client: Client,
  ): Promise<SignedIn> {
    const wanted = checkIdentity(input);
    const role = await this.#admit(input.invitation, wanted.username);
    const cookies = await this.#create(wanted, client);
    const user = await this.#promote(wanted.username, role);
    return {user, cookies};
  }

  /** Makes an account for somebody else, whatever the sign-up mode: an administrator's act. Throws `already-exists`. */
  async create(input: NewIdentity, role: Role): Promise<KnownUser> {
    const wanted = checkIdentity(input);
    await this.#create(wanted, {address: '', userAgent: ''});
    const user = await this.#promote(wanted.username, role);
    await this.#db.deleteFrom('sessions').where('userId', '=', user.id).execute();
    return user;
  }

  /**
   * Takes a user name or an e-mail address. Throws `unauthorized`, the same and after the same time whatever was wrong, and `rate-limited`
   * when more people sign in than passwords can be hashed; then nothing was looked up.
   */
  async signIn(
    input: {readonly user: string; readonly password: string},
    client: Client,
  ): Promise<NewSession> {
    return await this.#hashing.run(() => this.#signIn(input, client));
  }

  async #signIn(
    input: {readonly user: string; readonly password: string},
    client: Client,
  ): Promise<NewSession> {
    const name = input.user.toLowerCase();
    const found = await this.#db
      .selectFrom('users')
      .selectAll()
      .where((eb) => eb.or([eb('username', '=', name), eb('email', '=', name)]))
      .executeTakeFirst();
    // better-auth hashes the password of an unknown address as well, so an unknown user costs the same.
    // No user name begins with "_", so this is nobody's address.
    const email = found?.email ?? '_@sandglass.invalid';
    const made = await this.#call(async () => {
      const body = {email, password: input.password};
      return await this.#auth.api.signInEmail({
        body,
        headers: new Headers(clientHeaders(client)),
        returnHeaders: true,
      });
    });
    if (found === undefined || made === null) throw wrongCredentials();
    if (found.isDisabled) {
      await this.#db.deleteFrom('sessions').where('userId', '=', found.id).execute();
      throw new SandglassError(
        'forbidden',
        'Cannot sign in: this account is disabled. Ask an administrator.',
      );
    }
    const {id: sessionId} = await this.#db
      .selectFrom('sessions')
      .select('id')
      .where('token', '=', made.response.token)
      .executeTakeFirstOrThrow();
    return {user: toKnownUser(found), sessionId, cookies: made.headers.getSetCookie()};
  }

  /** Ends the session of these cookies. Returns the cookies that clear them in the browser. */
  async signOut(cookie: string): Promise<readonly string[]> {
    const {headers} = await this.#auth.api.signOut({headers: new Headers({cookie}), returnHeaders: true});
    return headers.getSetCookie();
  }

  /** The session that these cookies stand for, and cookies to renew it; null for forged, expired and revoked ones. */
  async session(
    cookie: string,
  ): Promise<{user: KnownUser; sessionId: string; cookies: readonly string[]} | null> {
    const {response, headers} = await this.#auth.api.getSession({
      headers: new Headers({cookie}),
      returnHeaders: true,
    });
    if (response === null || response.user.isDisabled) return null;
    // Additional fields are typed by better-auth's options; `allowance` may be absent.
    const user = toKnownUser({...response.user, allowance: response.user.allowance ?? null});
    return {user, sessionId: response.session.id, cookies: headers.getSetCookie()};
  }

  /** Changes the password and ends every other session. Throws `unauthorized` when the current one is wrong. */
  async changePassword(
    cookie: string,
    passwords: {readonly current: string; readonly next: string},
  ): Promise<readonly string[]> {
    checkPassword(passwords.next, '/newPassword');
    const body = {
      currentPassword: passwords.current,
      newPassword: passwords.next,
      revokeOtherSessions: true,
    };
    const made = await this.#hashing.run(() =>
      this.#call(() =>
        this.#auth.api.changePassword({body, headers: new Headers({cookie}), returnHeaders: true}),
      ),
    );
    if (made === null) throw wrongCredentials();
    return made.headers.getSetCookie();
  }

  /** A token that sets a new password once, within an hour. The caller hands it to the user. Throws `not-found`. */
  async resetToken(userId: string): Promise<string> {
    const user = await this.#db
      .selectFrom('users')
      .select('email')
      .where('id', '=', userId)
      .executeTakeFirst();
    const reset: {token: string | null} = {token: null};
    if (user !== undefined)
      await this.#resets.run(reset, () => this.#auth.api.requestPasswordReset({body: {email: user.email}}));
    if (reset.token === null)
      throw new SandglassError('not-found', `Cannot reset the password: there is no user ${userId}.`);
    return reset.token;
  }

  /** Sets a new password with a token and ends every session of the user. Throws `unauthorized` for a used, expired or made-up one. */
  async resetPassword(token: string, password: string): Promise<void> {
    checkPassword(password, '/newPassword');
    const body = {token, newPassword: password};
    const done = await this.#hashing.run(() => this.#call(() => this.#auth.api.resetPassword({body})));
    if (done === null)
      throw new SandglassError(
        'unauthorized',
        'Cannot set the password: the link was used before, has expired or was never given. Ask an administrator for another one.',
      );
  }

  /**
   * Where to send a browser that wants to sign in with the OIDC provider, and the cookies that tie the answer to it. Throws `not-ready` while
   * the provider cannot be reached.
   */
  async startOidc(returnTo: string): Promise<{url: string; cookies: readonly string[]}> {
    const body = {provider: OIDC_PROVIDER, callbackURL: returnTo};
    const made = await this.#call(() => this.#auth.api.signInSocial({body, returnHeaders: true}));
    if (made?.response.url === undefined)
      throw new SandglassError(
        'not-ready',
        'Cannot sign in with the OpenID provider: its discovery document cannot be read. Try again later, or sign in with a password.',
      );
    return {url: made.response.url, cookies: made.headers.getSetCookie()};
  }

  /**
   * Hands the provider's answer to better-auth, which checks state, code and token, and answers with a redirect. `user` is who has a
   * session now; null when nobody has, and then no cookies of a session are in the answer.
   */
  async finishOidc(
    request: Request,
  ): Promise<{target: string; cookies: readonly string[]; user: KnownUser | null}> {
    const {headers} = await this.#auth.handler(request);
    const cookies = headers.getSetCookie();
    const target = headers.get('location') ?? '/';
    const found = await this.session(cookies.map((cookie) => cookie.split(';', 1)[0]).join('; '));
    // A disabled user is told that he is not signed in; better-auth does not know of it.
    return found === null ? {target, cookies: [], user: null} : {target, cookies, user: found.user};
  }

  async #admit(invitation: string | undefined, username: string): Promise<Role> {
    const first = await this.#db.selectFrom('users').select('id').limit(1).executeTakeFirst();
    // Whoever sets the server up needs no invitation.
    if (first === undefined) return 'member';
    switch (this.#settings.signUp) {
      case 'open':
        return invitation === undefined ? 'member' : await this.#invitations.use(invitation, username);
      case 'invitation':
        if (invitation !== undefined) return await this.#invitations.use(invitation, username);
        throw new SandglassError(
          'forbidden',
          'Cannot sign up: this server is by invitation only. Ask an administrator for one.',
        );
      case 'closed':
        throw new SandglassError(
          'forbidden',
          'Cannot sign up: this server does not take new users. Ask an administrator for an account.',
        );
      default:
        return this.#settings.signUp satisfies never;
    }
  }

  async #create(wanted: ReturnType<typeof checkIdentity>, client: Client): Promise<readonly string[]> {
    try {
      const taken = await this.#db
        .selectFrom('users')
        .select('id')
        .where((eb) => eb.or([eb('username', '=', wanted.username), eb('email', '=', wanted.email)]))
        .executeTakeFirst();
      if (taken !== undefined) throw alreadyTaken(wanted.username);
      const headers = new Headers(clientHeaders(client));
      const made = await this.#hashing.run(() =>
        this.#auth.api.signUpEmail({body: wanted, headers, returnHeaders: true}),
      );
      return made.headers.getSetCookie();
    } catch (error) {
      if (error instanceof SandglassError) throw error;
      const isTaken =
        isUniqueViolation(error) ||
        (error instanceof APIError && String(error.body?.code).startsWith('USER_ALREADY_EXISTS'));
      // Two at the same moment: the database lets one through; better-auth wraps what it says.
      if (isTaken || (await this.#exists(wanted.username, wanted.email))) throw alreadyTaken(wanted.username);
      throw error;
    }
  }

  async #exists(username: string, email: string): Promise<boolean> {
    const found = await this.#db
      .selectFrom('users')
      .select('id')
      .where((eb) => eb.or([eb('username', '=', username), eb('email', '=', email)]))
      .executeTakeFirst();
    return found !== undefined;
  }

  /** The database lets one user of all mark himself as the first; he becomes administrator, whatever his role would be. */
  async #promote(username: string, role: Role): Promise<KnownUser> {
    const user = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('username', '=', username)
      .executeTakeFirstOrThrow();
    const {numInsertedOrUpdatedRows: marked = 0n} = await this.#db
      .insertInto('markers')
      .values({name: 'first-user', value: user.id})
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow();
    const earned: Role = marked > 0n ? 'admin' : role;
    if (earned !== user.role)
      await this.#db.updateTable('users').set({role: earned}).where('id', '=', user.id).execute();
    return toKnownUser({...user, role: earned});
  }

  /** Null when better-auth refuses; what it throws besides is a fault. */
  async #call<Answer>(work: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) return null;
      throw error;
    }
  }
}

/** How better-auth is told where a request came from. */
export function clientHeaders({address, userAgent}: Client): Record<string, string> {
  return {[CLIENT_ADDRESS_HEADER]: address, 'user-agent': userAgent.slice(0, 300)};
}

function wrongCredentials(): SandglassError {
  return new SandglassError('unauthorized', 'Cannot sign in: user or password is wrong.');
}

function alreadyTaken(username: string): SandglassError {
  return new SandglassError(
    'already-exists',
    `Cannot make the account: the name "${username}" or the e-mail address is taken. Choose another one, or sign in.`,
  );
}
