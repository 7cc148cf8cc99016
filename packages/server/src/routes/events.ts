import type {RunEvent} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {ownerOf} from '../access/owner.ts';
import {closedSignal} from '../http/closed-signal.ts';
import {EventStream} from '../http/event-stream.ts';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';
import {idParams} from './runs.ts';

const headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({pattern: '^[0-9]{0,15}$', description: 'the number of the last event that was received'}),
  ),
});

/** `/v1/runs/:id/events`: what happens in a run, as it happens. */
export function registerEvents(app: FastifyInstance, parts: RouteParts): void {
  app.get<{Params: {readonly id: string}}>(
    '/v1/runs/:id/events',
    // A HEAD request would open a stream that nobody reads.
    {schema: {params: idParams, headers}, config: {operation}, exposeHeadRoute: false},
    async (request, reply) => {
      const lastSeq = Number(request.headers['last-event-id'] ?? 0);
      const {id} = request.params;
      const owner = ownerOf(request.principal);
      const events = await parts.runs.follow(id, owner, {lastSeq, signal: closedSignal(reply.raw)});
      reply.hijack();
      using stream = new EventStream(reply.raw);
      for await (const followed of events) {
        if (followed.kind === 'event') await sendEvent(stream, followed.event);
        else await stream.comment(`${followed.count} events were dropped: they were not read in time`);
      }
    },
  );
}

async function sendEvent(stream: EventStream, event: RunEvent): Promise<void> {
  const {seq, kind, ...data} = event;
  await stream.send({id: seq, name: kind, data: event.kind === 'finished' ? event.run : data});
}

const eventData = Type.Unknown({
  description:
    'Events `state` {state}, `compiled` {compile}, `stdout` and `stderr` {data or dataBase64, atMs}, `test` {test}, `finished` (the run). `id` is the number of the event.',
});

const operation: Operation = {
  operationId: 'followRun',
  summary: 'Follow a run',
  access: 'look',
  description:
    'Server-Sent Events, numbered. A late subscriber gets what was kept first; `Last-Event-ID` resumes behind that event. Events of a run that was taken up again after a fault go on at the next million.',
  errors: ['invalid-request', 'not-found', 'store-failed'],
  responses: {
    200: {description: 'The events, until `finished`.', schema: eventData, contentType: 'text/event-stream'},
  },
};
