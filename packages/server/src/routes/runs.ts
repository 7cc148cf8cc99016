import {
  OUTCOMES,
  type Outcome,
  RUN_REQUEST_SCHEMA,
  RUN_SCHEMA,
  RUN_STATES,
  type Run,
  type RunState,
} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {ownerOf} from '../access/owner.ts';
import {closedSignal} from '../http/closed-signal.ts';
import {idempotencyClaim} from '../runs/idempotency.ts';
import {ID_PATTERN} from '../runs/run-id.ts';
import {acceptRuns} from './accept-runs.ts';
import {listPage} from './list-page.ts';
import type {Operation} from './operation.ts';
import {MAX_WAIT_MS, parseWait, WAIT_PATTERN} from './query.ts';
import type {RouteParts} from './route-parts.ts';
import {parseRunBody, rulesFor} from './run-body.ts';

const closed = {additionalProperties: false} as const;
const waitQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: WAIT_PATTERN,
        description: `true, or milliseconds up to ${MAX_WAIT_MS}: answer when the run is finished, or with its state at that time.`,
      }),
    ),
  },
  closed,
);
export const idParams = Type.Object(
  {id: Type.String({pattern: ID_PATTERN, description: 'an id as this server gives them (a UUID)'})},
  closed,
);
export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({description: 'The same key and body within 24 hours is the same request.'}),
  ),
});
const listQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum([...RUN_STATES])),
    outcome: Type.Optional(Type.Enum([...OUTCOMES])),
    language: Type.Optional(Type.String({maxLength: 64})),
    cursor: Type.Optional(Type.String({maxLength: 512, description: '`nextCursor` of the page before.'})),
    limit: Type.Optional(Type.Integer({minimum: 1, maximum: 100, default: 20})),
  },
  closed,
);
const runPage = Type.Object(
  {runs: Type.Array(RUN_SCHEMA), nextCursor: Type.Union([Type.String(), Type.Null()])},
  {...closed, title: 'RunPage'},
);

type WaitQuery = {readonly wait?: string};
type IdParams = {readonly id: string};

/** `/v1/runs`: submit, look at, wait for, list and cancel runs. */
export function registerRuns(app: FastifyInstance, parts: RouteParts): void {
  const rules = rulesFor(parts);

  app.post<{Querystring: WaitQuery}>(
    '/v1/runs',
    {schema: {querystring: waitQuery, headers: idempotencyHeaders}, config: {operation: submit}},
    async (request, reply) => {
      const timeoutMs = parseWait(request.query.wait);
      const owner = ownerOf(request.principal);
      const spec = parseRunBody(request.body, rules(request.principal));
      const key = request.headers['idempotency-key'];
      const claim = idempotencyClaim(key === undefined ? undefined : String(key), {
        owner,
        path: '/v1/runs',
        body: request.body,
      });
      // Whoever waits for the whole run learns its id too late to follow it.
      const isLive = timeoutMs !== null;
      const isAwaited = timeoutMs !== 0;
      const accepted = await acceptRuns(parts, request, {
        specs: [spec],
        claim,
        isBatch: false,
        isAwaited,
        isLive,
      });
      const [runId = ''] = accepted.runIds;
      const [live] = accepted.lives;
      const wait = {timeoutMs, isNew: !accepted.isRepeated, signal: closedSignal(reply.raw)};
      const run =
        live === undefined
          ? await parts.runs.wait(runId, owner, wait)
          : await parts.runs.waitForLive(live, wait);
      const isAnswered = timeoutMs !== 0 && run.state === 'finished';
      reply.code(isAnswered || accepted.isRepeated ? 200 : 201).header('location', `/v1/runs/${run.id}`);
      return run;
    },
  );

  app.get<{Params: IdParams; Querystring: WaitQuery}>(
    '/v1/runs/:id',
    {schema: {params: idParams, querystring: waitQuery}, config: {operation: get}},
    async (request, reply): Promise<Run> => {
      const timeoutMs = parseWait(request.query.wait);
      if (timeoutMs === 0) return await parts.runs.get(request.params.id, ownerOf(request.principal));
      return await parts.runs.wait(request.params.id, ownerOf(request.principal), {
        timeoutMs,
        signal: closedSignal(reply.raw),
      });
    },
  );

  app.get<{
    Querystring: {state?: RunState; outcome?: Outcome; language?: string; cursor?: string; limit?: number};
  }>('/v1/runs', {schema: {querystring: listQuery}, config: {operation: list}}, async (request) => {
    const {cursor = null, limit = 20, ...filter} = request.query;
    const owner = ownerOf(request.principal);
    return await listPage((page) => parts.runs.list(owner, page), {filter, cursor, limit});
  });

  app.delete<{Params: IdParams}>(
    '/v1/runs/:id',
    {schema: {params: idParams}, config: {operation: cancel}},
    async (request, reply): Promise<Run> =>
      await parts.runs.cancel(request.params.id, ownerOf(request.principal), closedSignal(reply.raw)),
  );
}

const submit: Operation = {
  operationId: 'submitRun',
  summary: 'Run a program',
  access: 'run',
  description:
    'Answers 201 when the run is durable, or with `wait` when it is finished. A run goes on when its client goes away: it was accepted.',
  errors: [
    'malformed-json',
    'invalid-request',
    'unsupported-media-type',
    'body-too-large',
    'unknown-language',
    'language-unavailable',
    'unknown-image',
    'limit-too-high',
    'isolation-unavailable',
    'network-not-allowed',
    'unsupported-feature',
    'callback-refused',
    'idempotency-conflict',
    'server-full',
    'shutting-down',
    'store-failed',
  ],
  body: RUN_REQUEST_SCHEMA,
  responses: {
    200: {
      description: 'The finished run, or the run of an earlier request with the same Idempotency-Key.',
      schema: RUN_SCHEMA,
    },
    201: {description: 'The accepted run as it stands.', schema: RUN_SCHEMA},
  },
};

const get: Operation = {
  operationId: 'getRun',
  summary: 'Look at a run, or wait for it',
  access: 'look',
  errors: ['invalid-request', 'not-found', 'store-failed'],
  responses: {200: {description: 'The run.', schema: RUN_SCHEMA}},
};

const list: Operation = {
  operationId: 'listRuns',
  summary: 'List runs, newest first',
  access: 'look',
  description:
    'A page may hold fewer runs than `limit` when they are large; `nextCursor` tells whether more follow.',
  errors: ['invalid-request', 'store-failed'],
  responses: {200: {description: 'One page.', schema: runPage}},
};

const cancel: Operation = {
  operationId: 'cancelRun',
  summary: 'Cancel a run',
  access: 'run',
  description: 'All processes of the run are gone when this answers. A finished run stays as it is.',
  errors: ['invalid-request', 'not-found', 'store-failed'],
  responses: {200: {description: 'The run, finished.', schema: RUN_SCHEMA}},
};
