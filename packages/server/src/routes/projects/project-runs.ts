import {RUN_SCHEMA, RUN_STATES, type Run, type RunRequest, SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {ownerOf} from '../../access/owner.ts';
import {bodyReader} from '../../http/body-reader.ts';
import {closedSignal} from '../../http/closed-signal.ts';
import {acceptRuns} from '../accept-runs.ts';
import {closed, dateTime, type IdParams, memberOf, uuid, uuidParams} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {parseWait, WAIT_PATTERN} from '../query.ts';
import {parseRunBody, rulesFor} from '../run-body.ts';
import {linkHeaders, type ProjectParts, programOf, readerOf, viewerOf} from './project-parts.ts';

const runBody = Type.Object(
  {
    runId: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f-]{36}$',
        description: 'A run of mine to remember with the project, instead of a new one.',
      }),
    ),
    stdin: Type.Optional(Type.String({description: 'Instead of the saved one.'})),
    args: Type.Optional(
      Type.Array(Type.String(), {maxItems: 1000, description: 'Instead of the saved ones.'}),
    ),
  },
  {...closed, title: 'ProjectRunRequest'},
);
const waitQuery = Type.Object({wait: Type.Optional(Type.String({pattern: WAIT_PATTERN}))}, closed);
const historyQuery = Type.Object(
  {limit: Type.Optional(Type.Integer({minimum: 1, maximum: 100, default: 20}))},
  closed,
);
const entrySchema = Type.Object(
  {
    runId: uuid,
    startedBy: Type.String(),
    revision: Type.Integer({description: 'Of the project, when it was run.'}),
    createdAt: dateTime,
    state: Type.Union([Type.Enum([...RUN_STATES]), Type.Null()], {
      description: 'Null when its retention has ended.',
    }),
    outcome: Type.Union([Type.String(), Type.Null()]),
  },
  {...closed, title: 'ProjectRun'},
);
const runParams = Type.Object({id: uuid, runId: uuid}, closed);
const readRun = bodyReader(runBody);

/** `/v1/projects/:id/runs`: run a project as it is saved, and look at how earlier runs ended. */
export function registerProjectRuns(app: FastifyInstance, parts: ProjectParts): void {
  const {projects, runs} = parts;
  const rules = rulesFor(parts);

  app.post<{Params: IdParams; Querystring: {readonly wait?: string}}>(
    '/v1/projects/:id/runs',
    {schema: {params: uuidParams, querystring: waitQuery, headers: linkHeaders}, config: {operation: run}},
    async (request, reply): Promise<Run> => {
      const {id} = request.params;
      const member = memberOf(request.principal);
      const owner = ownerOf(request.principal);
      const viewer = viewerOf(request);
      const project = await projects.get(id, viewer);
      const {runId, stdin, args} = readRun(request.body ?? {});
      const remember = async (entry: string) => {
        if (project.access !== 'view')
          await projects.addRun(id, viewer, {runId: entry, runOwner: owner, startedBy: member.username});
      };
      if (runId !== undefined) {
        const known = await runs.get(runId, owner);
        await remember(runId);
        return known;
      }
      const timeoutMs = parseWait(request.query.wait);
      const asked: RunRequest = {
        ...programOf(project),
        ...(stdin === undefined ? {} : {stdin}),
        ...(args === undefined ? {} : {args}),
        metadata: {projectId: id},
      };
      const spec = parseRunBody(asked, rules(request.principal));
      const accepted = await acceptRuns(parts, request, {
        specs: [spec],
        claim: null,
        isBatch: false,
        isLive: timeoutMs !== null,
        isAwaited: false,
      });
      const [newRunId = ''] = accepted.runIds;
      await remember(newRunId);
      reply.code(201).header('location', `/v1/runs/${newRunId}`);
      return await runs.wait(newRunId, owner, {timeoutMs, signal: closedSignal(reply.raw)});
    },
  );

  app.get<{Params: IdParams; Querystring: {readonly limit?: number}}>(
    '/v1/projects/:id/runs',
    {
      schema: {params: uuidParams, querystring: historyQuery, headers: linkHeaders},
      config: {operation: history},
    },
    async (request) => {
      const entries = await projects.history(request.params.id, readerOf(request), request.query.limit ?? 20);
      return await Promise.all(
        entries.map(async ({runOwner, ...entry}) => {
          const found = await findRun(entry.runId, runOwner);
          return {...entry, state: found?.state ?? null, outcome: found?.outcome ?? null};
        }),
      );
    },
  );

  app.get<{Params: IdParams & {readonly runId: string}}>(
    '/v1/projects/:id/runs/:runId',
    {schema: {params: runParams, headers: linkHeaders}, config: {operation: historyRun}},
    async (request): Promise<Run> => {
      const {id, runId} = request.params;
      const entry = (await projects.history(id, readerOf(request), 200)).find(
        (candidate) => candidate.runId === runId,
      );
      if (entry === undefined)
        throw new SandglassError('not-found', `Cannot find run ${runId} in the history of project ${id}.`);
      return await runs.get(runId, entry.runOwner);
    },
  );

  async function findRun(runId: string, owner: string): Promise<Run | null> {
    try {
      return await runs.get(runId, owner);
    } catch (error) {
      // Its retention has ended; that it was there is still known.
      if (error instanceof SandglassError && error.code === 'not-found') return null;
      throw error;
    }
  }
}

const run: Operation = {
  operationId: 'runProject',
  summary: 'Run a project as it is saved',
  access: 'run',
  description:
    'Whoever may change the project finds the run in its history; for others it is a run of their own.',
  errors: [
    'malformed-json',
    'invalid-request',
    'not-found',
    'limit-too-high',
    'quota-exceeded',
    'server-full',
    'shutting-down',
  ],
  body: runBody,
  responses: {
    200: {description: 'The run that is remembered now.', schema: RUN_SCHEMA},
    201: {description: 'The run as it stands, or finished with `wait`.', schema: RUN_SCHEMA},
  },
};

const history: Operation = {
  operationId: 'listProjectRuns',
  summary: 'How runs of a project ended, newest first',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'For those who may change it.', schema: Type.Array(entrySchema)}},
};

const historyRun: Operation = {
  operationId: 'getProjectRun',
  summary: 'A run of a project with its output',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'For those who may change it.', schema: RUN_SCHEMA}},
};
