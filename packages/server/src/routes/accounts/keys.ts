import {ALLOWANCE_SCHEMA, SCOPES} from '@sandglass/accounts';
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
} from './account-parts.ts';

const scopes = Type.Array(Type.Enum([...SCOPES]), {minItems: 1, maxItems: SCOPES.length});
const keyParams = Type.Object(
  {
    id: Type.String({
      pattern: '^[A-Za-z0-9_-]{12}$',
      description: 'the part of a key between "sgk_" and the next "_"',
    }),
  },
  closed,
);
const orNull = Type.Union([dateTime, Type.Null()]);
const keySchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    scopes,
    allowance: ALLOWANCE_SCHEMA,
    createdAt: dateTime,
    expiresAt: orNull,
    revokedAt: orNull,
    lastUsedAt: orNull,
  },
  {...closed, title: 'Key'},
);
const newKeySchema = Type.Object(
  {
    key: keySchema,
    token: Type.String({description: 'The key itself. It is shown this once and cannot be read again.'}),
  },
  {...closed, title: 'NewKey'},
);
const keyBody = Type.Object(
  {
    name: Type.String(),
    scopes,
    expiresAt: Type.Optional(
      Type.String({format: 'date-time', description: 'When it ends by itself; default: never.'}),
    ),
    allowance: Type.Optional(ALLOWANCE_SCHEMA),
  },
  {...closed, title: 'KeyRequest'},
);
const readKey = bodyReader(keyBody);

/** `/v1/keys`: keys for programs, made and ended by a person in a browser. */
export function registerKeys(app: FastifyInstance, {access}: AccountParts): void {
  const {keys} = access.accounts;

  app.get(
    '/v1/keys',
    {config: {operation: list}},
    async ({principal}) => await keys.list(memberOf(principal).id),
  );

  app.post('/v1/keys', {config: {operation: create}}, async (request, reply) => {
    const {name, scopes, expiresAt, allowance = {}} = readKey(request.body);
    const expiresAtMs = expiresAt === undefined ? null : Date.parse(expiresAt);
    const made = await keys.create(memberOf(request.principal), {name, scopes, allowance, expiresAtMs});
    access.record(request.principal, {action: 'key.create', target: made.key.id, address: request.ip});
    reply.code(201);
    return made;
  });

  app.post<{Params: IdParams}>(
    '/v1/keys/:id/rotate',
    {schema: {params: keyParams}, config: {operation: rotate}},
    async (request) => {
      const made = await keys.rotate(memberOf(request.principal).id, request.params.id);
      access.accounts.forget();
      access.record(request.principal, {action: 'key.rotate', target: made.key.id, address: request.ip});
      return made;
    },
  );

  app.delete<{Params: IdParams}>(
    '/v1/keys/:id',
    {schema: {params: keyParams}, config: {operation: revoke}},
    async (request) => {
      await keys.revoke(memberOf(request.principal).id, request.params.id);
      access.accounts.forget();
      access.record(request.principal, {
        action: 'key.revoke',
        target: request.params.id,
        address: request.ip,
      });
      return DONE;
    },
  );
}

const list: Operation = {
  operationId: 'listKeys',
  summary: 'List my keys',
  access: 'session',
  errors: ['unauthorized', 'forbidden', 'store-failed'],
  responses: {200: {description: 'Newest first.', schema: Type.Array(keySchema)}},
};

const create: Operation = {
  operationId: 'createKey',
  summary: 'Make a key',
  access: 'session',
  errors: ['malformed-json', 'invalid-request', 'unauthorized', 'forbidden', 'store-failed'],
  body: keyBody,
  responses: {201: {description: 'The key, and its token.', schema: newKeySchema}},
};

const rotate: Operation = {
  operationId: 'rotateKey',
  summary: 'Give a key a new secret',
  access: 'session',
  errors: ['invalid-request', 'unauthorized', 'forbidden', 'not-found', 'store-failed'],
  responses: {
    200: {description: 'The key, and its new token; the old one is worth nothing.', schema: newKeySchema},
  },
};

const revoke: Operation = {
  operationId: 'revokeKey',
  summary: 'End a key',
  access: 'session',
  description: 'Runs that it began finish; within a second nothing new starts anywhere.',
  errors: ['invalid-request', 'unauthorized', 'forbidden', 'not-found', 'store-failed'],
  responses: {200: {description: 'It has ended.', schema: DONE_SCHEMA}},
};
