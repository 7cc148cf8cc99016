import {ALLOWANCE_SCHEMA, dayOf, SCOPES} from '@sandglass/accounts';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import type {Operation} from '../operation.ts';
import {
  type AccountParts,
  closed,
  DONE,
  DONE_SCHEMA,
  dateTime,
  type IdParams,
  memberOf,
  setCookies,
  showUser,
  USER_SCHEMA,
  uuid,
  uuidParams,
} from './account-parts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_DAYS = 366;

const accountSchema = Type.Object(
  {
    user: USER_SCHEMA,
    allowance: Type.Union([ALLOWANCE_SCHEMA, Type.Null()]),
    scopes: Type.Union([Type.Array(Type.Enum([...SCOPES])), Type.Null()], {
      description: 'Of the key; null in a browser.',
    }),
  },
  {...closed, title: 'Account'},
);
const passwordBody = Type.Object(
  {currentPassword: Type.String(), newPassword: Type.String()},
  {...closed, title: 'PasswordChange'},
);
const readPassword = bodyReader(passwordBody);
const sessionSchema = Type.Object(
  {
    id: uuid,
    isCurrent: Type.Boolean(),
    createdAt: dateTime,
    expiresAt: dateTime,
    address: Type.String(),
    userAgent: Type.String(),
  },
  {...closed, title: 'Session'},
);
const usageDay = Type.Object(
  {day: Type.String(), runs: Type.Integer(), cpuMs: Type.Number(), wallMs: Type.Number()},
  {...closed, title: 'UsageDay'},
);
const usageSchema = Type.Object(
  {
    user: Type.Array(usageDay),
    keys: Type.Array(
      Type.Object({id: Type.String(), name: Type.String(), days: Type.Array(usageDay)}, closed),
    ),
  },
  {...closed, title: 'Usage'},
);
const usageQuery = Type.Object(
  {days: Type.Optional(Type.Integer({minimum: 1, maximum: MAX_DAYS, default: 30}))},
  closed,
);

/** `/v1/account`: who one is, one's password, sessions and usage. */
export function registerAccount(app: FastifyInstance, {access}: AccountParts): void {
  const {accounts} = access;

  app.get('/v1/account', {config: {operation: show}}, async ({principal}) => {
    const user = memberOf(principal);
    const scopes = principal.kind === 'key' ? principal.scopes : null;
    const allowance = principal.kind === 'key' ? principal.allowance : user.allowance;
    return {user: showUser(user), allowance, scopes};
  });

  app.post('/v1/account/password', {config: {operation: changePassword}}, async (request, reply) => {
    const {currentPassword, newPassword} = readPassword(request.body);
    await accounts.gate.signIn(memberOf(request.principal).username, request.ip);
    const passwords = {current: currentPassword, next: newPassword};
    setCookies(reply, await accounts.identity.changePassword(request.headers.cookie ?? '', passwords));
    accounts.forget();
    access.record(request.principal, {action: 'account.password', target: '', address: request.ip});
    return DONE;
  });

  app.get('/v1/account/sessions', {config: {operation: listSessions}}, async ({principal}) => {
    const sessions = await accounts.users.sessions(memberOf(principal).id);
    const current = principal.kind === 'user' ? principal.sessionId : null;
    return sessions.map((session) => ({...session, isCurrent: session.id === current}));
  });

  app.delete<{Params: IdParams}>(
    '/v1/account/sessions/:id',
    {schema: {params: uuidParams}, config: {operation: endSession}},
    async (request) => {
      await accounts.users.revokeSession(memberOf(request.principal).id, request.params.id);
      accounts.forget();
      access.record(request.principal, {
        action: 'account.session-end',
        target: request.params.id,
        address: request.ip,
      });
      return DONE;
    },
  );

  app.get<{Querystring: {readonly days?: number}}>(
    '/v1/account/usage',
    {schema: {querystring: usageQuery}, config: {operation: usage}},
    async ({principal, query: {days = 30}}) => {
      const user = memberOf(principal);
      const since = dayOf(Date.now() - (days - 1) * DAY_MS);
      const keys = await accounts.keys.list(user.id);
      return {
        user: await accounts.usage.days(`user:${user.id}`, since),
        keys: await Promise.all(
          keys.map(async ({id, name}) => ({id, name, days: await accounts.usage.days(`key:${id}`, since)})),
        ),
      };
    },
  );
}

const show: Operation = {
  operationId: 'getAccount',
  summary: 'Who am I',
  access: 'read',
  errors: ['unauthorized', 'forbidden', 'rate-limited', 'store-failed'],
  responses: {200: {description: 'The user behind the session or the key.', schema: accountSchema}},
};

const changePassword: Operation = {
  operationId: 'changePassword',
  summary: 'Change the password; every other session ends',
  access: 'session',
  errors: ['malformed-json', 'invalid-request', 'unauthorized', 'forbidden', 'rate-limited', 'store-failed'],
  body: passwordBody,
  responses: {200: {description: 'It is changed.', schema: DONE_SCHEMA}},
};

const listSessions: Operation = {
  operationId: 'listSessions',
  summary: 'List my sessions',
  access: 'session',
  errors: ['unauthorized', 'forbidden', 'store-failed'],
  responses: {200: {description: 'Newest first.', schema: Type.Array(sessionSchema)}},
};

const endSession: Operation = {
  operationId: 'endSession',
  summary: 'End one of my sessions',
  access: 'session',
  errors: ['invalid-request', 'unauthorized', 'forbidden', 'not-found', 'store-failed'],
  responses: {200: {description: 'It has ended.', schema: DONE_SCHEMA}},
};

const usage: Operation = {
  operationId: 'getUsage',
  summary: 'What I and my keys have used, by day',
  access: 'read',
  errors: ['invalid-request', 'unauthorized', 'forbidden', 'store-failed'],
  responses: {200: {description: 'Days (UTC) with use, oldest first.', schema: usageSchema}},
};
