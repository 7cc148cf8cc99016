import {AUTH_PATH, clientHeaders, OIDC_PROVIDER} from '@sandglass/accounts';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {localPath} from '../../http/local-path.ts';
import type {Operation} from '../operation.ts';
import {type AccountParts, clientOf, closed, setCookies} from './account-parts.ts';

const startQuery = Type.Object(
  {returnTo: Type.Optional(Type.String({maxLength: 500, description: 'A path on this server.'}))},
  closed,
);

/** Sign-in with an OpenID provider: out to it and back. Only registered where one is configured. */
export function registerOidc(app: FastifyInstance, {access, config}: AccountParts): void {
  const origin = config.accounts.publicUrl.replace(/\/$/, '');

  app.get<{Querystring: {readonly returnTo?: string}}>(
    '/v1/account/oidc',
    {schema: {querystring: startQuery}, config: {operation: start}, exposeHeadRoute: false},
    async (request, reply) => {
      await access.accounts.gate.signUp(request.ip);
      const returnTo = `${origin}${localPath(request.query.returnTo)}`;
      const {url, cookies} = await access.accounts.identity.startOidc(returnTo);
      setCookies(reply, cookies);
      return reply.redirect(url, 302);
    },
  );

  app.get(
    `${AUTH_PATH}/callback/${OIDC_PROVIDER}`,
    {config: {operation: finish}, exposeHeadRoute: false},
    async (request, reply) => {
      await access.accounts.gate.signUp(request.ip);
      const headers = new Headers({
        cookie: request.headers.cookie ?? '',
        ...clientHeaders(clientOf(request)),
      });
      const {target, cookies, user} = await access.accounts.identity.finishOidc(
        new Request(`${origin}${request.url}`, {headers}),
      );
      access.accounts.audit.record({
        action: user === null ? 'account.sign-in-refused' : 'account.sign-in',
        actor: {id: user?.id ?? null, name: user?.username ?? ''},
        target: '',
        address: request.ip,
        facts: {oidc: true},
      });
      setCookies(reply, cookies);
      return reply.redirect(user === null ? refusedAt(target, origin) : ours(target, origin), 302);
    },
  );
}

/** A place elsewhere is not gone to. */
function ours(target: string, origin: string): string {
  const url = URL.parse(target, origin);
  return url?.origin === origin ? `${url.pathname}${url.search}${url.hash}` : '/';
}

/** The page to sign in, which has words for the reason; what the provider says in words of its own is not shown. */
function refusedAt(target: string, origin: string): string {
  const error = URL.parse(target, origin)?.searchParams.get('error') ?? 'refused';
  return `/?error=${/^[a-z_]{1,60}$/.test(error) ? error : 'refused'}#/sign-in`;
}

const start: Operation = {
  operationId: 'startOidc',
  summary: 'Sign in with the OpenID provider',
  access: 'open',
  errors: ['invalid-request', 'rate-limited', 'not-ready'],
  responses: {302: {description: 'On to the provider.', schema: Type.Unknown()}},
};

const finish: Operation = {
  operationId: 'finishOidc',
  summary: 'Where the OpenID provider sends browsers back to',
  access: 'open',
  errors: ['rate-limited'],
  responses: {
    302: {description: 'Back to the page, signed in or with the reason why not.', schema: Type.Unknown()},
  },
};
