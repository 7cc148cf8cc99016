import {ALLOWANCE_SCHEMA, ROLES} from '@sandglass/accounts';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import {closedSignal} from '../../http/closed-signal.ts';
import {notFound} from '../../runs/refusals.ts';
import type {Operation} from '../operation.ts';
import {
  type AccountParts,
  closed,
  dateTime,
  type IdParams,
  memberOf,
  uuid,
  uuidParams,
} from './account-parts.ts';

const MAX_PAGE = 200;
const MAX_ACTIVE = 1000;
const INVITATION_MS = 7 * 24 * 60 * 60 * 1000;

const userRecord = Type.Object(
  {
    id: uuid,
    username: Type.String(),
    name: Type.String(),
    role: Type.Enum([...ROLES]),
    email: Type.Union([Type.String(), Type.Null()]),
    isDisabled: Type.Boolean(),
    createdAt: dateTime,
    allowance: Type.Union([ALLOWANCE_SCHEMA, Type.Null()]),
  },
  {...closed, title: 'UserRecord'},
);
const userChange = Type.Object(
  {
    role: Type.Optional(Type.Enum([...ROLES])),
    isDisabled: Type.Optional(Type.Boolean()),
    allowance: Type.Optional(
      Type.Union([ALLOWANCE_SCHEMA, Type.Null()], {description: 'Null: the default of the server.'}),
    ),
  },
  {...closed, title: 'UserChange'},
);
const newUser = Type.Object(
  {
    username: Type.String(),
    password: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    role: Type.Optional(Type.Enum([...ROLES])),
  },
  {...closed, title: 'UserRequest'},
);
const invitationBody = Type.Object(
  {role: Type.Optional(Type.Enum([...ROLES]))},
  {...closed, title: 'InvitationRequest'},
);
const tokenSchema = Type.Object(
  {token: Type.String({description: 'Shown this once.'}), expiresAt: dateTime},
  {...closed, title: 'OneTimeToken'},
);
const auditEntry = Type.Object(
  {
    id: uuid,
    at: dateTime,
    actor: Type.Object({id: Type.Union([uuid, Type.Null()]), name: Type.String()}, closed),
    action: Type.String(),
    target: Type.String(),
    address: Type.String(),
    facts: Type.Unsafe<Record<string, unknown>>({type: 'object'}),
  },
  {...closed, title: 'AuditEntry'},
);
const activeRun = Type.Object(
  {id: uuid, owner: Type.String(), state: Type.String(), language: Type.String(), createdAt: dateTime},
  {...closed, title: 'ActiveRun'},
);
const pageQuery = Type.Object(
  {
    after: Type.Optional(uuid),
    limit: Type.Optional(Type.Integer({minimum: 1, maximum: MAX_PAGE, default: 100})),
  },
  closed,
);
const auditQuery = Type.Object(
  {
    actor: Type.Optional(uuid),
    action: Type.Optional(Type.String({maxLength: 64})),
    before: Type.Optional(uuid),
    limit: Type.Optional(Type.Integer({minimum: 1, maximum: MAX_PAGE, default: 100})),
  },
  closed,
);
const readChange = bodyReader(userChange);
const readNewUser = bodyReader(newUser);
const readInvitation = bodyReader(invitationBody);

/** `/v1/users`, `/v1/invitations`, `/v1/audit`, `/v1/active-runs`: what administrators see and do. */
export function registerAdmin(app: FastifyInstance, {access, runs}: AccountParts): void {
  const {users, identity, invitations, audit} = access.accounts;
  const ownerOfActive = async (id: string): Promise<string> => {
    const [found] = await runs.active({id, limit: 1});
    if (found === undefined) throw notFound('run', id);
    return found.owner;
  };

  app.get<{Querystring: {readonly after?: string; readonly limit?: number}}>(
    '/v1/users',
    {schema: {querystring: pageQuery}, config: {operation: listUsers}},
    async ({query: {after = null, limit = 100}}) => await users.list({after, limit}),
  );

  app.post('/v1/users', {config: {operation: createUser}}, async (request, reply) => {
    const {username, password, name, email, role = 'member'} = readNewUser(request.body);
    const made = await identity.create({username, password, name, email}, role);
    access.record(request.principal, {action: 'user.create', target: made.id, address: request.ip});
    reply.code(201);
    return await users.get(made.id);
  });

  app.patch<{Params: IdParams}>(
    '/v1/users/:id',
    {schema: {params: uuidParams}, config: {operation: changeUser}},
    async (request) => {
      const {role, isDisabled, allowance} = readChange(request.body);
      const changed = await users.change(request.params.id, {role, isDisabled, allowance});
      access.accounts.forget();
      access.record(request.principal, {
        action: 'user.change',
        target: changed.id,
        address: request.ip,
        facts: {role: changed.role, isDisabled: changed.isDisabled},
      });
      return changed;
    },
  );

  app.post<{Params: IdParams}>(
    '/v1/users/:id/password-reset',
    {schema: {params: uuidParams}, config: {operation: resetLink}},
    async (request) => {
      const token = await identity.resetToken(request.params.id);
      access.record(request.principal, {
        action: 'user.password-reset',
        target: request.params.id,
        address: request.ip,
      });
      return {token, expiresAt: new Date(Date.now() + 60 * 60 * 1000).toISOString()};
    },
  );

  app.post('/v1/invitations', {config: {operation: invite}}, async (request, reply) => {
    const {role = 'member'} = readInvitation(request.body);
    const expiresAtMs = Date.now() + INVITATION_MS;
    const token = await invitations.create(memberOf(request.principal).id, {role, expiresAtMs});
    access.record(request.principal, {action: 'user.invite', target: '', address: request.ip, facts: {role}});
    reply.code(201);
    return {token, expiresAt: new Date(expiresAtMs).toISOString()};
  });

  app.get<{Querystring: {actor?: string; action?: string; before?: string; limit?: number}}>(
    '/v1/audit',
    {schema: {querystring: auditQuery}, config: {operation: listAudit}},
    async ({query: {actor, action, before, limit = 100}}) =>
      await audit.list({actorId: actor, action, before, limit}),
  );

  app.get(
    '/v1/active-runs',
    {config: {operation: activeRuns}},
    async () => await runs.active({id: null, limit: MAX_ACTIVE}),
  );

  app.delete<{Params: IdParams}>(
    '/v1/active-runs/:id',
    {schema: {params: uuidParams}, config: {operation: cancelAny}},
    async (request, reply) => {
      const {id} = request.params;
      const run = await runs.cancel(id, await ownerOfActive(id), closedSignal(reply.raw));
      access.record(request.principal, {action: 'run.cancel', target: id, address: request.ip});
      return {id, state: run.state, outcome: run.outcome};
    },
  );
}

const common = ['unauthorized', 'forbidden', 'rate-limited', 'store-failed'] as const;

const listUsers: Operation = {
  operationId: 'listUsers',
  summary: 'List users',
  access: 'admin',
  errors: ['invalid-request', ...common],
  responses: {200: {description: 'In the order of sign-up.', schema: Type.Array(userRecord)}},
};

const createUser: Operation = {
  operationId: 'createUser',
  summary: 'Make an account for somebody',
  access: 'admin',
  errors: ['malformed-json', 'invalid-request', 'already-exists', ...common],
  body: newUser,
  responses: {201: {description: 'The new user.', schema: userRecord}},
};

const changeUser: Operation = {
  operationId: 'changeUser',
  summary: 'Change role, state or bounds of a user',
  access: 'admin',
  description: 'There is always one administrator at least.',
  errors: ['malformed-json', 'invalid-request', 'not-found', ...common],
  body: userChange,
  responses: {200: {description: 'The user.', schema: userRecord}},
};

const resetLink: Operation = {
  operationId: 'createPasswordReset',
  summary: 'Get a token with which a user sets a new password',
  access: 'admin',
  errors: ['invalid-request', 'not-found', ...common],
  responses: {200: {description: 'The token; hand it to the user.', schema: tokenSchema}},
};

const invite: Operation = {
  operationId: 'createInvitation',
  summary: 'Invite somebody',
  access: 'admin',
  errors: ['malformed-json', 'invalid-request', ...common],
  body: invitationBody,
  responses: {201: {description: 'The token; it lets one person sign up.', schema: tokenSchema}},
};

const listAudit: Operation = {
  operationId: 'listAudit',
  summary: 'Who did what, when, from where',
  access: 'admin',
  errors: ['invalid-request', ...common],
  responses: {200: {description: 'Newest first.', schema: Type.Array(auditEntry)}},
};

const activeRuns: Operation = {
  operationId: 'listActiveRuns',
  summary: 'Runs of everybody that are not finished',
  access: 'admin',
  errors: [...common],
  responses: {200: {description: 'Oldest first, at most 1 000.', schema: Type.Array(activeRun)}},
};

const cancelAny: Operation = {
  operationId: 'cancelActiveRun',
  summary: 'Cancel a run of anybody',
  access: 'admin',
  errors: ['invalid-request', 'not-found', ...common],
  responses: {
    200: {
      description: 'How it stands; its program and output stay its owner’s.',
      schema: Type.Object(
        {id: uuid, state: Type.String(), outcome: Type.Union([Type.String(), Type.Null()])},
        closed,
      ),
    },
  },
};
