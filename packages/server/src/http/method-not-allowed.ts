import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance, HTTPMethods} from 'fastify';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Answers every other method of the known addresses with 405 and `Allow` (RFC 9110 section 15.5.6), before a body is read. */
export function refuseOtherMethods(
  app: FastifyInstance,
  methodsByUrl: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  for (const [url, allowed] of methodsByUrl) {
    const allow = METHODS.filter((method) => allowed.has(method)).join(', ');
    const refuse = async (
      request: {readonly method: string},
      reply: {header(name: string, value: string): unknown},
    ) => {
      reply.header('allow', allow);
      throw new SandglassError(
        'method-not-allowed',
        `Cannot ${request.method} ${url}: the methods of this address are ${allow}.`,
      );
    };
    const method = METHODS.filter((candidate) => !allowed.has(candidate));
    app.route({method, url, onRequest: refuse, handler: refuse});
  }
}
