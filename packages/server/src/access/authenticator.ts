import {randomBytes} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import type {Accounts, Principal} from '@sandglass/accounts';
import {SandglassError} from '@sandglass/protocol';

export interface Authenticated {
  readonly principal: Principal;
  /** Values of `Set-Cookie` that renew the session. */
  readonly cookies: readonly string[];
}

export interface AuthenticatorOptions {
  readonly accounts: Accounts;
  /** Browsers that are signed out may run programs. */
  readonly allowsVisitors: boolean;
  readonly isSecure: boolean;
}

const NOBODY: Authenticated = {principal: {kind: 'nobody'}, cookies: []};
const VISITOR_COOKIE = 'sandglass_visitor';
const VISITOR_BYTES = 16;
const VISITOR_FORM = /(?:^|;\s*)sandglass_visitor=([A-Za-z0-9_-]{22})(?:;|$)/;
const VISITOR_SECONDS = 90 * 24 * 60 * 60;
/** Cheaper than asking better-auth about cookies that cannot be a session. */
const SESSION_FORM = /(?:^|;\s*)(?:__Secure-)?sandglass\.session_token=/;

/** Finds out who sent a request: by key, else by session, else by visitor's cookie. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** Throws `unauthorized` for an `Authorization` that is no good: who shows a key does not want to be taken for nobody. */
  async authenticate(headers: IncomingHttpHeaders): Promise<Authenticated> {
    if (headers.authorization !== undefined) return await this.#byKey(headers.authorization);
    const {cookie} = headers;
    if (cookie === undefined) return NOBODY;
    if (SESSION_FORM.test(cookie)) {
      const session = await this.#options.accounts.session(cookie);
      if (session !== null) {
        const {user, sessionId, cookies} = session;
        return {principal: {kind: 'user', user, sessionId}, cookies};
      }
    }
    const visitorId = this.#options.allowsVisitors ? VISITOR_FORM.exec(cookie)?.[1] : undefined;
    return visitorId === undefined ? NOBODY : {principal: {kind: 'visitor', visitorId}, cookies: []};
  }

  /** The cookie that makes a browser a visitor, for one that is nobody; null where there are none. */
  visitorCookie(principal: Principal): string | null {
    if (!this.#options.allowsVisitors || principal.kind !== 'nobody') return null;
    const id = randomBytes(VISITOR_BYTES).toString('base64url');
    const secure = this.#options.isSecure ? '; Secure' : '';
    return `${VISITOR_COOKIE}=${id}; Max-Age=${VISITOR_SECONDS}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }

  async #byKey(authorization: string): Promise<Authenticated> {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const principal = token === undefined ? null : await this.#options.accounts.keyHolder(token);
    // What was sent is not repeated: it may be a key with a letter missing.
    if (principal === null)
      throw new SandglassError(
        'unauthorized',
        'Cannot serve the request: its key is not valid (any more). Send "Authorization: Bearer <key>" with one that is listed as active.',
      );
    return {principal, cookies: []};
  }
}
