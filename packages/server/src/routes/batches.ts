import {
  OUTCOMES,
  type Outcome,
  RUN_REQUEST_SCHEMA,
  RUN_SCHEMA,
  RUN_STATES,
  type Run,
  SandglassError,
  schemaProblems,
} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {Compile} from 'typebox/compile';
import {ownerOf} from '../access/owner.ts';
import {idempotencyClaim} from '../runs/idempotency.ts';
import {acceptRuns} from './accept-runs.ts';
import {outputSize} from './list-page.ts';
import type {Operation} from './operation.ts';
import type {RouteParts} from './route-parts.ts';
import {parseRunBody, rulesFor, withinBatch} from './run-body.ts';
import {idempotencyHeaders, idParams} from './runs.ts';

const MAX_BATCH_RUNS = 1000;
/** Outputs in one answer together; runs past it come without theirs. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const closed = {additionalProperties: false} as const;
const bounds = {minItems: 1, maxItems: MAX_BATCH_RUNS};
const batchRequest = Type.Object(
  {runs: Type.Array(RUN_REQUEST_SCHEMA, bounds)},
  {...closed, title: 'BatchRequest'},
);
/** The members are checked one by one, so that a refusal names the run. */
const batchEnvelope = Compile(Type.Object({runs: Type.Array(Type.Unknown(), bounds)}, closed));

const runSummary = Type.Object(
  {
    id: Type.String({format: 'uuid'}),
    state: Type.Enum([...RUN_STATES]),
    outcome: Type.Union([Type.Enum([...OUTCOMES]), Type.Null()]),
  },
  {...closed, title: 'RunSummary'},
);
const acceptedBatch = Type.Object(
  {
    id: Type.String({format: 'uuid'}),
    ids: Type.Array(Type.String({format: 'uuid'})),
    runs: Type.Array(runSummary),
  },
  {...closed, title: 'AcceptedBatch'},
);
const batchSchema = Type.Object(
  {
    id: Type.String({format: 'uuid'}),
    counts: Type.Object(
      {
        total: Type.Integer(),
        queued: Type.Integer(),
        compiling: Type.Integer(),
        running: Type.Integer(),
        finished: Type.Integer(),
        outcomes: Type.Unsafe<Partial<Record<Outcome, number>>>({
          type: 'object',
          additionalProperties: {type: 'integer'},
        }),
      },
      closed,
    ),
    runs: Type.Array(Type.Union([RUN_SCHEMA, runSummary]), {
      description:
        'In the order of the request. Where the outputs together pass 32 MiB, the remaining runs come as summaries: read them by id.',
    }),
  },
  {...closed, title: 'Batch'},
);

/** `/v1/batches`: many runs with one request, accepted all or none. */
export function registerBatches(app: FastifyInstance, parts: RouteParts): void {
  const rulesOf = rulesFor(parts);

  app.post(
    '/v1/batches',
    {schema: {headers: idempotencyHeaders}, config: {operation: submit}},
    async (request, reply) => {
      const owner = ownerOf(request.principal);
      const rules = rulesOf(request.principal);
      const specs = readEnvelope(request.body).map((body, index) =>
        withinBatch(index, () => parseRunBody(body, rules)),
      );
      const key = request.headers['idempotency-key'];
      const claim = idempotencyClaim(key === undefined ? undefined : String(key), {
        owner,
        path: '/v1/batches',
        body: request.body,
      });
      const {batchId, runIds, isRepeated} = await acceptRuns(parts, request, {
        specs,
        claim,
        isBatch: true,
        isAwaited: false,
        isLive: false,
      });
      reply.code(isRepeated ? 200 : 201).header('location', `/v1/batches/${batchId}`);
      return {id: batchId, ids: runIds, runs: runIds.map((id) => ({id, state: 'queued', outcome: null}))};
    },
  );

  app.get<{Params: {readonly id: string}}>(
    '/v1/batches/:id',
    {schema: {params: idParams}, config: {operation: get}},
    async (request) => {
      const runs = await parts.runs.batch(request.params.id, ownerOf(request.principal));
      return {id: request.params.id, counts: countRuns(runs), runs: withinBytes(runs)};
    },
  );
}

function readEnvelope(body: unknown): readonly unknown[] {
  const problems = schemaProblems(batchEnvelope, body);
  const [first] = problems;
  if (first !== undefined)
    throw new SandglassError(
      'invalid-request',
      `Cannot accept the batch: ${first.path === '' ? 'the request' : first.path} ${first.message}. Send {"runs": […]} with 1 to ${MAX_BATCH_RUNS} run requests.`,
      {fields: problems},
    );
  // The compiled schema has just accepted it.
  return (body as {readonly runs: readonly unknown[]}).runs;
}

function countRuns(runs: readonly Run[]) {
  const counts = {total: runs.length, queued: 0, compiling: 0, running: 0, finished: 0};
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const {state, outcome} of runs) {
    counts[state]++;
    if (outcome !== null) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return {...counts, outcomes};
}

function withinBytes(runs: readonly Run[]) {
  let bytes = 0;
  return runs.map((run) => {
    bytes += outputSize(run);
    return bytes <= MAX_ANSWER_BYTES ? run : {id: run.id, state: run.state, outcome: run.outcome};
  });
}

const submit: Operation = {
  operationId: 'submitBatch',
  summary: 'Run up to 1 000 programs',
  access: 'run',
  description: 'All are accepted, or none. Ids come in the order of the request.',
  errors: [
    'malformed-json',
    'invalid-request',
    'unsupported-media-type',
    'body-too-large',
    'unknown-language',
    'limit-too-high',
    'idempotency-conflict',
    'server-full',
    'shutting-down',
    'store-failed',
  ],
  body: batchRequest,
  responses: {
    200: {
      description: 'The batch of an earlier request with the same Idempotency-Key.',
      schema: acceptedBatch,
    },
    201: {description: 'The accepted batch.', schema: acceptedBatch},
  },
};

const get: Operation = {
  operationId: 'getBatch',
  summary: 'Look at a batch',
  access: 'look',
  errors: ['invalid-request', 'not-found', 'store-failed'],
  responses: {200: {description: 'Counts, and the runs.', schema: batchSchema}},
};
