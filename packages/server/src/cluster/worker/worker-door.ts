import {SandglassError} from '@sandglass/protocol';
import Fastify, {type FastifyBaseLogger, type FastifyInstance, LogController} from 'fastify';
import {sendProblem} from '../../http/send-problem.ts';
import type {Metrics} from '../../metrics/metrics.ts';
import {followEvents} from '../../runs/follow-events.ts';
import type {LiveRuns} from '../../runs/live-runs.ts';
import {notFound} from '../../runs/refusals.ts';
import {demandSecret} from '../secret.ts';
import {writeLines} from './write-lines.ts';

export interface WorkerDoorParts {
  readonly lives: LiveRuns;
  readonly metrics: Metrics;
  readonly secret: string;
  readonly logger: FastifyBaseLogger;
  /** Throws `not-ready` naming what is missing. */
  readonly checkReady: () => Promise<object>;
}

/**
 * What a worker answers: to API processes of its installation the events of the runs that it has, to whoever watches machines that it is
 * alive, ready, and its figures. Nothing here starts or ends a run; live sockets come in beside it.
 */
export function createWorkerDoor({
  lives,
  metrics,
  secret,
  logger,
  checkReady,
}: WorkerDoorParts): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({disableRequestLogging: true}),
  });
  app.setErrorHandler((error, _request, reply) => sendProblem(error, reply));
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(new SandglassError('not-found', 'A worker has nothing there. Ask an API process.'), reply),
  );
  app.get('/healthz', async () => ({status: 'alive'}));
  app.get('/readyz', async () => await checkReady());
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return await metrics.text();
  });
  app.get<{Params: {id: string}; Querystring: {after?: string}}>(
    '/cluster/runs/:id/events',
    {exposeHeadRoute: false},
    async (request, reply) => {
      demandSecret(request.headers, secret);
      const live = lives.get(request.params.id);
      if (live === undefined) throw notFound('run', request.params.id);
      reply.hijack();
      await writeLines(reply.raw, (signal) =>
        followEvents(live.events, Number(request.query.after ?? 0) || 0, signal),
      );
    },
  );
  return app;
}
