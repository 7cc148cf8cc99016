import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';

/** `/metrics`: figures for Prometheus. */
export function registerMetrics(app: FastifyInstance, {metrics}: Pick<RouteParts, 'metrics'>): void {
  app.get('/metrics', {config: {operation}}, async (_request, reply) => {
    reply.type(metrics.contentType);
    return await metrics.text();
  });
}

const operation: Operation = {
  operationId: 'getMetrics',
  summary: 'Figures for Prometheus',
  access: 'look',
  errors: [],
  responses: {200: {description: 'Text format 0.0.4.', schema: Type.String(), contentType: 'text/plain'}},
};
