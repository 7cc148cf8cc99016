import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {refuseForeignForm} from '../../access/refuse-foreign-form.ts';
import {bodyReader} from '../../http/body-reader.ts';
import type {Operation} from '../operation.ts';
import {
  type AccountParts,
  clientOf,
  closed,
  DONE,
  DONE_SCHEMA,
  setCookies,
  showUser,
  USER_SCHEMA,
} from './account-parts.ts';

const signUpBody = Type.Object(
  {
    username: Type.String(),
    password: Type.String({description: '8 to 256 characters.'}),
    name: Type.Optional(Type.String({description: 'As others see it; default: the user name.'})),
    email: Type.Optional(Type.String()),
    invitation: Type.Optional(Type.String({maxLength: 100})),
  },
  {...closed, title: 'SignUp'},
);
const signInBody = Type.Object(
  {
    user: Type.String({description: 'User name or e-mail address.', maxLength: 320}),
    // No account has a longer one; hashing what is endless would be work for nothing.
    password: Type.String({maxLength: 1024}),
  },
  {...closed, title: 'SignIn'},
);
const resetBody = Type.Object(
  {token: Type.String({maxLength: 200}), newPassword: Type.String()},
  {...closed, title: 'PasswordReset'},
);
const stateSchema = Type.Object(
  {
    user: Type.Union([USER_SCHEMA, Type.Null()]),
    mayRun: Type.Boolean({description: 'Programs can be run as things stand.'}),
    signUp: Type.Enum(['open', 'invitation', 'closed']),
    visitors: Type.Boolean(),
    oidc: Type.Boolean({description: 'There is an OpenID provider to sign in with.'}),
  },
  {...closed, title: 'AccountState'},
);
const readSignUp = bodyReader(signUpBody);
const readSignIn = bodyReader(signInBody);
const readReset = bodyReader(resetBody);

/** Sign-up, sign-in, sign-out, and a new password by link: what somebody can do who is not signed in. */
export function registerSignIn(app: FastifyInstance, {access, config}: AccountParts): void {
  const {identity, gate} = access.accounts;

  app.get(
    '/v1/account/state',
    {config: {operation: state}, exposeHeadRoute: false},
    async (request, reply) => {
      const cookie = access.authenticator.visitorCookie(request.principal);
      if (cookie !== null) reply.header('set-cookie', cookie);
      const {principal} = request;
      const {mode, visitors, oidc} = config.accounts;
      return {
        user: principal.kind === 'user' || principal.kind === 'key' ? showUser(principal.user) : null,
        mayRun: principal.kind !== 'nobody' || cookie !== null,
        signUp: mode === 'off' ? 'closed' : mode,
        visitors,
        oidc: oidc.discoveryUrl !== '',
      };
    },
  );

  app.post('/v1/account/sign-up', {config: {operation: signUp}}, async (request, reply) => {
    refuseForeignForm(request.headers);
    await gate.signUp(request.ip);
    const {username, password, name, email, invitation} = readSignUp(request.body);
    const input = {username, password, name, email, invitation};
    const {user, cookies} = await identity.signUp(input, clientOf(request));
    setCookies(reply, cookies);
    access.accounts.audit.record({
      actor: {id: user.id, name: user.username},
      action: 'account.sign-up',
      target: user.id,
      address: request.ip,
    });
    reply.code(201);
    return showUser(user);
  });

  app.post('/v1/account/sign-in', {config: {operation: signIn}}, async (request, reply) => {
    refuseForeignForm(request.headers);
    const input = readSignIn(request.body);
    await gate.signIn(input.user, request.ip);
    const entry = {target: '', address: request.ip};
    try {
      const {user, cookies} = await identity.signIn(input, clientOf(request));
      setCookies(reply, cookies);
      const actor = {id: user.id, name: user.username};
      access.accounts.audit.record({...entry, action: 'account.sign-in', actor});
      return showUser(user);
    } catch (error) {
      // A flood that is turned away must not fill the disk.
      if (error instanceof SandglassError && error.code === 'rate-limited') throw error;
      // What was typed as the name is not kept: it may be the password.
      access.accounts.audit.record({
        ...entry,
        action: 'account.sign-in-refused',
        actor: {id: null, name: ''},
      });
      throw error;
    }
  });

  app.post('/v1/account/sign-out', {config: {operation: signOut}}, async (request, reply) => {
    setCookies(reply, await identity.signOut(request.headers.cookie ?? ''));
    access.accounts.forget();
    return DONE;
  });

  app.post('/v1/account/password-reset', {config: {operation: reset}}, async (request) => {
    refuseForeignForm(request.headers);
    await gate.signUp(request.ip);
    const {token, newPassword} = readReset(request.body);
    await identity.resetPassword(token, newPassword);
    access.accounts.forget();
    access.record(request.principal, {action: 'account.password-reset', target: '', address: request.ip});
    return DONE;
  });
}

const state: Operation = {
  operationId: 'getAccountState',
  summary: 'Who is here, and how to sign in',
  access: 'public',
  description: 'Where visitors are allowed, a browser that is signed out becomes one here.',
  errors: [],
  responses: {200: {description: 'What a page needs to begin.', schema: stateSchema}},
};

const signUp: Operation = {
  operationId: 'signUp',
  summary: 'Make an account and sign in',
  access: 'open',
  description: 'The first user of all becomes administrator.',
  errors: [
    'malformed-json',
    'invalid-request',
    'forbidden',
    'already-exists',
    'rate-limited',
    'store-failed',
  ],
  body: signUpBody,
  responses: {201: {description: 'The new user; the session is in a cookie.', schema: USER_SCHEMA}},
};

const signIn: Operation = {
  operationId: 'signIn',
  summary: 'Sign in',
  access: 'open',
  description:
    'The answer and its time are the same whether the user does not exist or the password is wrong.',
  errors: ['malformed-json', 'invalid-request', 'unauthorized', 'forbidden', 'rate-limited', 'store-failed'],
  body: signInBody,
  responses: {200: {description: 'The user; the session is in a cookie.', schema: USER_SCHEMA}},
};

const signOut: Operation = {
  operationId: 'signOut',
  summary: 'Sign out',
  access: 'session',
  errors: ['unauthorized', 'forbidden', 'store-failed'],
  responses: {200: {description: 'The session has ended.', schema: DONE_SCHEMA}},
};

const reset: Operation = {
  operationId: 'resetPassword',
  summary: 'Set a new password with a link of an administrator',
  access: 'open',
  errors: ['malformed-json', 'invalid-request', 'unauthorized', 'forbidden', 'rate-limited', 'store-failed'],
  body: resetBody,
  responses: {
    200: {description: 'The password is set; every session of the user has ended.', schema: DONE_SCHEMA},
  },
};
