import type {Client, KnownUser, Principal, UserRecord} from '@sandglass/accounts';
import type {FastifyReply, FastifyRequest} from 'fastify';
import {Type} from 'typebox';
import {signInFirst} from '../../access/access.ts';
import type {AccessControl} from '../../access/access-control.ts';
import type {RouteParts} from '../route-parts.ts';

/** What the routes of accounts may use. */
export interface AccountParts extends RouteParts {
  readonly access: AccessControl;
}

export const closed = {additionalProperties: false} as const;
export const dateTime = Type.String({format: 'date-time'});
export const uuid = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'an id as this server gives them (a UUID)',
});
export const uuidParams = Type.Object({id: uuid}, closed);
export type IdParams = {readonly id: string};

/** Answers that have nothing to say. */
export const DONE_SCHEMA = Type.Object({done: Type.Literal(true)}, {...closed, title: 'Done'});
export const DONE = {done: true} as const;

export const USER_SCHEMA = Type.Object(
  {
    id: uuid,
    username: Type.String(),
    name: Type.String(),
    role: Type.Enum(['member', 'admin']),
  },
  {...closed, title: 'User'},
);

export function showUser({id, username, name, role}: KnownUser | UserRecord) {
  return {id, username, name, role};
}

/** The user behind a request whose route lets only members in. */
export function memberOf(principal: Principal): KnownUser {
  if (principal.kind === 'user' || principal.kind === 'key') return principal.user;
  throw signInFirst();
}

export function clientOf({ip, headers}: FastifyRequest): Client {
  return {address: ip, userAgent: headers['user-agent'] ?? ''};
}

export function setCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
}
