import type {Principal, RateReport} from '@sandglass/accounts';
import type {FastifyInstance, FastifyReply} from 'fastify';
import {checkAccess} from './access.ts';
import {type AccessControl, refuseForgery} from './access-control.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it. On a server without accounts always the machine's user. */
    principal: Principal;
  }
}

const LOCAL: Principal = {kind: 'local'};
const NOBODY: Principal = {kind: 'nobody'};
const MINUTE_S = 60;
/** Change nothing (RFC 9110 section 9.2.1). */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Without accounts whoever reaches the server is its user: nothing is looked at, nothing is awaited. */
export function admitEverybody(app: FastifyInstance): void {
  app.decorateRequest('principal', {getter: () => LOCAL});
}

/** Lets each request through to the routes that its sender may use. Must be registered before the routes. */
export function guardAccess(app: FastifyInstance, access: AccessControl): void {
  const principals = new WeakMap<object, Principal>();
  app.decorateRequest('principal', {
    getter() {
      return principals.get(this.raw) ?? NOBODY;
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    const needed = request.routeOptions.config.operation?.access ?? 'open';
    if (needed === 'open') return;
    const found = await access.authenticator.authenticate(request.headers);
    const {principal, cookies} = found;
    principals.set(request.raw, principal);
    if (cookies.length > 0) reply.header('set-cookie', [...cookies]);
    if (!SAFE_METHODS.includes(request.method)) refuseForgery(principal, request.headers);
    await access.countRequest(principal, (report) => tellRate(report, reply));
    checkAccess(needed, principal);
  });
}

/** In the form of draft-ietf-httpapi-ratelimit-headers, also when nothing is left. */
function tellRate({limit, remaining, resetMs}: RateReport, reply: FastifyReply): void {
  reply.header('ratelimit-policy', `"requests";q=${limit};w=${MINUTE_S}`);
  reply.header('ratelimit', `"requests";r=${remaining};t=${Math.max(1, Math.ceil(resetMs / 1000))}`);
}
