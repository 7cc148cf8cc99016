import {betterAuth} from 'better-auth';
import {genericOAuth} from 'better-auth/plugins';
import type {AccountsDatabase} from '../database/index.ts';
import {uuidv7} from '../uuid.ts';
import {MAX_PASSWORD_CHARACTERS} from './names.ts';
import {hashPassword, verifyPassword} from './passwords.ts';

export interface OidcSettings {
  /** Such as `https://login.example.org/.well-known/openid-configuration`. */
  readonly discoveryUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Whoever the provider vouches for gets an account; otherwise only those that have one may sign in. */
  readonly allowsNewUsers: boolean;
}

export interface AuthSettings {
  /** Where browsers reach the server, such as `https://code.example.org`; null: wherever the request came to, over plain HTTP. */
  readonly publicUrl: string | null;
  /** Signs cookies; at least 32 random characters. */
  readonly secret: string;
  readonly sessionSeconds: number;
  readonly oidc: OidcSettings | null;
  readonly onResetToken: (token: string) => void;
}

/** Id of the OIDC provider in the address of its callback. */
export const OIDC_PROVIDER = 'oidc';
/** Only the callback of the OIDC provider is reachable there. */
export const AUTH_PATH = '/v1/account/auth';
/** The page that tells why an OIDC sign-in failed. */
const SIGN_IN_PAGE = '/#/sign-in';
/** A session's last use is written down no more often than this. */
const SESSION_UPDATE_S = 24 * 60 * 60;
const RESET_TOKEN_S = 60 * 60;
/** Never sent anywhere: better-auth wants an address to build links with, and we build none. */
const NO_URL = 'http://localhost';

/** better-auth as we use it: through its functions, not its routes, so that requests and answers are ours. */
export function createAuth({tables, kind}: AccountsDatabase, settings: AuthSettings) {
  const isSecure = settings.publicUrl?.startsWith('https://') ?? false;
  return betterAuth({
    appName: 'Sandglass',
    baseURL: settings.publicUrl ?? NO_URL,
    basePath: AUTH_PATH,
    secret: settings.secret,
    telemetry: {enabled: false},
    onAPIError: {errorURL: `${settings.publicUrl ?? NO_URL}${SIGN_IN_PAGE}`},
    // Its messages name users; ours say what matters.
    logger: {disabled: true},
    database: {db: tables(), type: kind === 'sqlite' ? 'sqlite' : 'postgres', transaction: true},
    advanced: {
      cookiePrefix: 'sandglass',
      useSecureCookies: isSecure,
      defaultCookieAttributes: {httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure},
      database: {generateId: () => uuidv7()},
      ipAddress: {ipAddressHeaders: [CLIENT_ADDRESS_HEADER]},
    },
    user: {
      modelName: 'users',
      additionalFields: {
        username: {type: 'string', required: true, unique: true},
        role: {type: 'string', required: true, defaultValue: 'member', input: false},
        isDisabled: {type: 'boolean', required: true, defaultValue: false, input: false},
        allowance: {type: 'string', required: false, input: false},
      },
    },
    session: {modelName: 'sessions', expiresIn: settings.sessionSeconds, updateAge: SESSION_UPDATE_S},
    account: {
      modelName: 'credentials',
      // The address that a provider names does not make somebody the owner of an account that exists.
      accountLinking: {enabled: false},
    },
    verification: {modelName: 'verifications'},
    emailAndPassword: {
      enabled: true,
      // Lengths are checked by us, with messages of ours; here is only the bound.
      minPasswordLength: 1,
      maxPasswordLength: MAX_PASSWORD_CHARACTERS,
      password: {hash: hashPassword, verify: verifyPassword},
      resetPasswordTokenExpiresIn: RESET_TOKEN_S,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: async ({token}) => settings.onResetToken(token),
    },
    plugins: settings.oidc === null ? [] : [oidcPlugin(settings.oidc)],
  });
}

export type Auth = ReturnType<typeof createAuth>;

/** Set by us on every call, never taken from a request. */
export const CLIENT_ADDRESS_HEADER = 'x-sandglass-client';

function oidcPlugin({allowsNewUsers, ...provider}: OidcSettings) {
  return genericOAuth({
    config: [
      {
        ...provider,
        providerId: OIDC_PROVIDER,
        scopes: ['openid', 'profile', 'email'],
        pkce: true,
        disableSignUp: !allowsNewUsers,
        mapProfileToUser: (profile) => ({
          username: usernameFrom(profile),
          name: String(profile.name ?? profile.preferred_username ?? profile.email ?? 'user').slice(0, 100),
        }),
      },
    ],
  });
}

/** A user name of our form from what the provider says; its end makes it unlikely that it is taken. */
function usernameFrom(profile: Readonly<Record<string, unknown>>): string {
  const wish = String(profile.preferred_username ?? profile.email ?? '').split('@')[0] ?? '';
  const base = wish
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
    .slice(0, 28);
  const subject = String(profile.sub ?? uuidv7()).replace(/[^a-z0-9]/gi, '');
  return `${base === '' ? 'user' : base}-${subject.slice(-8).toLowerCase()}`;
}
