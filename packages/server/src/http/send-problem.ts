import type {FastifyReply} from 'fastify';
import {toKnownError} from './known-error.ts';
import {PROBLEM_TYPE, retryAfterSeconds, toProblem} from './problem.ts';

/** Answers with the error as problem+json. Faults of our own are logged with their cause, which the client does not see. */
export function sendProblem(error: unknown, reply: FastifyReply): FastifyReply {
  const known = toKnownError(error);
  if (known.code === 'internal-error')
    reply.log.error({err: error, route: reply.request.routeOptions.url}, 'request failed');
  if (known.code === 'body-too-large') discardBody(reply);
  const problem = toProblem(known);
  const retryAfter = retryAfterSeconds(known);
  if (retryAfter !== null) reply.header('retry-after', retryAfter);
  // Already text: a serialiser of the route's answers must not see it.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(JSON.stringify(problem));
}

/**
 * Reads the rest of a refused body and drops it. A client that is still sending sees a reset connection instead of the answer when
 * the server closes first. How long it may go on is bounded by the request timeout.
 */
function discardBody(reply: FastifyReply): void {
  reply.removeHeader('connection');
  reply.request.raw.resume();
}
