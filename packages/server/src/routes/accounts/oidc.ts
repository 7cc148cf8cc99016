import {AUTH_PATH, OIDC_PROVIDER} from '@sandglass/accounts';
import type {FastifyInstance, FastifyReply} from 'fastify';
import {Type} from 'typebox';
import {localPath} from '../../http/local-path.ts';
import type {Operation} from '../operation.ts';
import {type AccountParts, closed, setCookies} from './account-parts.ts';

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
    `${AUTH_PATH}/oauth2/callback/${OIDC_PROVIDER}`,
    {config: {operation: finish}, exposeHeadRoute: false},
    async (request, reply) => {
      await access.accounts.gate.signUp(request.ip);
      const headers = new Headers({cookie: request.headers.cookie ?? ''});
      const answer = await access.accounts.identity.finishOidc(
        new Request(`${origin}${request.url}`, {headers}),
      );
      return sendRedirect(reply, answer, origin);
    },
  );
}

/** Only the place to go on to and the cookies are taken over; a place elsewhere is not gone to. */
function sendRedirect(reply: FastifyReply, answer: Response, origin: string): FastifyReply {
  setCookies(reply, answer.headers.getSetCookie());
  const target = URL.parse(answer.headers.get('location') ?? '/', origin);
  const isOurs = target?.origin === origin;
  return reply.redirect(
    isOurs && target !== null ? `${target.pathname}${target.search}${target.hash}` : '/',
    302,
  );
}

const start: Operation = {
  operationId: 'startOidc',
  summary: 'Sign in with the OpenID provider',
  access: 'open',
  errors: ['invalid-request', 'rate-limited'],
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
