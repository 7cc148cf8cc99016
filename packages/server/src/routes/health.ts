import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {systemIHealth} from '../doors/system-i/health.ts';
import {checkReadiness} from '../readiness.ts';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';

const closed = {additionalProperties: false} as const;
const aliveSchema = Type.Object({status: Type.Literal('alive')}, {...closed, title: 'Alive'});
const readySchema = Type.Object(
  {
    status: Type.Literal('ready'),
    store: Type.Literal('writable'),
    queue: Type.Object(
      {interactive: Type.Integer(), batch: Type.Integer(), oldestWaitMs: Type.Number()},
      closed,
    ),
    pool: Type.Object(
      {
        ready: Type.Integer(),
        creating: Type.Integer(),
        inUse: Type.Integer(),
        waiting: Type.Integer(),
        target: Type.Integer(),
      },
      closed,
    ),
    languages: Type.Object({available: Type.Integer(), unavailable: Type.Integer()}, closed),
  },
  {...closed, title: 'Ready'},
);

/** `/healthz` and `/readyz`: alive, and able to take runs. */
export function registerHealth(app: FastifyInstance, parts: RouteParts): void {
  const isSystemI = parts.config.doors.includes('system-i');
  app.get('/healthz', {config: {operation: alive}}, async (_request, reply) =>
    isSystemI
      ? reply.type('text/plain; charset=utf-8').send(systemIHealth(parts.engine.poolStats))
      : {status: 'alive'},
  );

  app.get('/readyz', {config: {operation: ready}}, async () => {
    const readiness = await checkReadiness(parts);
    if (readiness.kind === 'ready') return readiness.report;
    const missing = readiness.missing.map(({part, message}) => `${part}: ${message}`).join('; ');
    throw new SandglassError('not-ready', `The server cannot take runs. ${missing}`, {
      fields: readiness.missing.map(({part, message}) => ({path: `/${part}`, message})),
    });
  });
}

const alive: Operation = {
  operationId: 'getHealth',
  summary: 'Is the server alive',
  access: 'open',
  errors: [],
  responses: {200: {description: 'It is.', schema: aliveSchema}},
};

const ready: Operation = {
  operationId: 'getReadiness',
  summary: 'Can the server take runs',
  access: 'open',
  description:
    'The detail of a 503 names what is missing: store, queue, pool, languages, or that the server is stopping.',
  errors: ['not-ready'],
  responses: {200: {description: 'It can.', schema: readySchema}},
};
