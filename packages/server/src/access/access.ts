import type {Principal, Scope} from '@sandglass/accounts';
import {SandglassError} from '@sandglass/protocol';

/**
 * Who may use a route when the server has accounts:
 * `open` anybody, unasked; `public` anybody, and the route itself decides by who it is; `run` and `look` members, keys of that scope, and
 * visitors where they are allowed, for runs of their own; `read` and `write` members and keys of that scope; `session` members in a
 * browser, because a key must not beget keys; `admin` administrators.
 */
export const ACCESS = ['open', 'public', 'run', 'look', 'read', 'write', 'session', 'admin'] as const;
export type Access = (typeof ACCESS)[number];

const SCOPE_OF = {
  run: 'run',
  look: 'read',
  read: 'read',
  write: 'write',
  admin: 'admin',
} as const satisfies Partial<Record<Access, Scope>>;

/** Throws `unauthorized` when nobody is known, `forbidden` when somebody is who may not. */
export function checkAccess(access: Access, principal: Principal): void {
  if (access === 'open' || access === 'public' || principal.kind === 'local') return;
  switch (principal.kind) {
    case 'nobody':
      throw signInFirst();
    case 'visitor':
      if (access === 'run' || access === 'look') return;
      throw signInFirst();
    case 'user':
      if (access !== 'admin' || principal.user.role === 'admin') return;
      throw new SandglassError('forbidden', 'Cannot serve the request: only administrators may.');
    case 'key':
      checkKey(access, principal);
      return;
    default:
      principal satisfies never;
  }
}

function checkKey(access: Exclude<Access, 'open' | 'public'>, key: Extract<Principal, {kind: 'key'}>): void {
  if (access === 'session')
    throw new SandglassError(
      'forbidden',
      'Cannot serve the request with a key: accounts, passwords and keys are managed by a person who is signed in.',
    );
  const scope = SCOPE_OF[access];
  if (!key.scopes.includes(scope))
    throw new SandglassError(
      'forbidden',
      `Cannot serve the request: the key has the scopes ${key.scopes.join(', ') || 'none'} but this needs "${scope}".`,
    );
  if (access === 'admin' && key.user.role !== 'admin')
    throw new SandglassError(
      'forbidden',
      'Cannot serve the request: the user of the key is no administrator any more.',
    );
}

export function signInFirst(): SandglassError {
  return new SandglassError(
    'unauthorized',
    'Cannot serve the request: nobody is signed in. Sign in, or send a key as "Authorization: Bearer …".',
  );
}
