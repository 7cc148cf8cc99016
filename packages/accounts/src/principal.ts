import type {Limits} from '@sandglass/protocol';
import {type Static, Type} from 'typebox';

export const ROLES = ['member', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a key may do: `run` programs, `read` what its user has, `write` projects, `admin` (only with an administrator's key). */
export const SCOPES = ['run', 'read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const closed = {additionalProperties: false} as const;
const count = (description: string) => Type.Optional(Type.Integer({minimum: 0, maximum: 1e12, description}));

/** How much a user or key may do; what is absent is not bounded by it. */
export const ALLOWANCE_SCHEMA = Type.Object(
  {
    requestsPerMinute: count('Requests in one minute.'),
    concurrentRuns: count('Runs that are not finished, at once.'),
    runsPerDay: count('Runs in a day (UTC).'),
    cpuSecondsPerDay: count('CPU time of finished runs in a day (UTC), in seconds.'),
    maxLimits: Type.Optional(
      Type.Unsafe<Partial<Limits>>({
        type: 'object',
        additionalProperties: {type: 'number', minimum: 0},
        description: 'Most that a run may ask for; names as in `limits` of a run.',
      }),
    ),
  },
  {...closed, title: 'Allowance'},
);
export type Allowance = Static<typeof ALLOWANCE_SCHEMA>;

/** Who sent a request. */
export type Principal =
  /** The server knows no accounts: the machine's user. */
  | {readonly kind: 'local'}
  | {readonly kind: 'nobody'}
  /** Signed out, where the operator allows to run programs so; known by a cookie only. */
  | {readonly kind: 'visitor'; readonly visitorId: string}
  | {
      readonly kind: 'user';
      readonly user: KnownUser;
      readonly sessionId: string;
    }
  | {
      readonly kind: 'key';
      readonly user: KnownUser;
      readonly keyId: string;
      readonly scopes: readonly Scope[];
      readonly allowance: Allowance;
    };

/** What a request needs to know about its user. */
export interface KnownUser {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  readonly allowance: Allowance | null;
}
