import {hkdfSync} from 'node:crypto';
import type {Accounts, KnownUser} from '@sandglass/accounts';
import {jwtVerify, SignJWT} from 'jose';

const ALGORITHM = 'HS256';
const AUDIENCE = 'system-y';
/** As long as a working day; the session behind it may end sooner. */
const LIFETIME = '12h';

/**
 * Tokens of system Y: JSON Web Tokens (RFC 7519) that name a session. The session decides: when it is ended, by sign-out, a new password or
 * an administrator, the token is worth nothing, however long it would still last.
 */
export class SystemYTokens {
  readonly #accounts: Accounts;
  readonly #key: Uint8Array;

  /** `secret` is the one that signs cookies; the key is derived, so that neither can stand for the other. */
  constructor(accounts: Accounts, secret: string) {
    this.#accounts = accounts;
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'sandglass system-y tokens', 32));
  }

  async sign(sessionId: string): Promise<string> {
    return await new SignJWT({})
      .setProtectedHeader({alg: ALGORITHM})
      .setSubject(sessionId)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(this.#key);
  }

  /** Null for a token that is absent, forged, expired, of another algorithm, or whose session has ended. */
  async verify(authorization: string | undefined): Promise<{user: KnownUser; sessionId: string} | null> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    try {
      const {payload} = await jwtVerify(token, this.#key, {audience: AUDIENCE, algorithms: [ALGORITHM]});
      return payload.sub === undefined ? null : await this.#accounts.sessionById(payload.sub);
    } catch (error) {
      // jose has a class for each way in which a token is no good; anything else is a fault.
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_J')) return null;
      throw error;
    }
  }
}
