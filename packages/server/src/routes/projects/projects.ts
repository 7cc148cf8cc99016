import {LINK_ACCESSES, PROGRAM_SCHEMA, type Program, VISIBILITIES} from '@sandglass/projects';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import {closed, DONE, DONE_SCHEMA, type IdParams, memberOf, uuidParams} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {
  basedOn,
  linkHeaders,
  PROJECT_SCHEMA,
  type ProjectParts,
  readerOf,
  SUMMARY_SCHEMA,
  showProject,
  showSummary,
  viewerOf,
} from './project-parts.ts';

const newBody = Type.Object(
  {
    name: Type.Optional(Type.String({description: 'Default: a friendly random one.'})),
    template: Type.Optional(
      Type.String({maxLength: 64, description: 'A language, to begin with its example.'}),
    ),
    program: Type.Optional(PROGRAM_SCHEMA),
  },
  {...closed, title: 'NewProject'},
);
const saveBody = Type.Object(
  {name: Type.String(), program: PROGRAM_SCHEMA},
  {...closed, title: 'ProjectChange'},
);
const shareBody = Type.Object(
  {
    visibility: Type.Enum([...VISIBILITIES]),
    linkAccess: Type.Optional(Type.Enum([...LINK_ACCESSES], {default: 'view'})),
  },
  {...closed, title: 'SharingRequest'},
);
const sharingSchema = Type.Object(
  {
    visibility: Type.Enum([...VISIBILITIES]),
    linkAccess: Type.Enum([...LINK_ACCESSES]),
    linkToken: Type.Union([Type.String(), Type.Null()]),
  },
  {...closed, title: 'Sharing'},
);
const listQuery = Type.Object(
  {
    search: Type.Optional(Type.String({maxLength: 100})),
    sort: Type.Optional(Type.Enum(['updated', 'created', 'name'], {default: 'updated'})),
    limit: Type.Optional(Type.Integer({minimum: 1, maximum: 200, default: 100})),
    offset: Type.Optional(Type.Integer({minimum: 0, maximum: 100_000, default: 0})),
  },
  closed,
);
type ListQuery = {search?: string; sort?: 'updated' | 'created' | 'name'; limit?: number; offset?: number};
const readNew = bodyReader(newBody);
const readSave = bodyReader(saveBody);
const readShare = bodyReader(shareBody);

/** `/v1/projects`: make, list, read, save, delete, fork and share. */
export function registerProjects(app: FastifyInstance, {access, projects, engine}: ProjectParts): void {
  const starter = (template: string): Program => {
    const {recipe} = engine.languages.resolve(template);
    return {language: recipe.id, files: [{path: recipe.sourceFile, content: recipe.example}]};
  };

  app.get<{Querystring: ListQuery}>(
    '/v1/projects',
    {schema: {querystring: listQuery}, config: {operation: list}},
    async ({principal, query: {search = '', sort = 'updated', limit = 100, offset = 0}}) =>
      (await projects.list(memberOf(principal).id, {search, sort, limit, offset})).map(showSummary),
  );

  app.post('/v1/projects', {config: {operation: create}}, async (request, reply) => {
    const {name, template = 'python', program = starter(template)} = readNew(request.body);
    engine.languages.resolve(program.language);
    const made = await projects.create(memberOf(request.principal).id, {name, program});
    access.record(request.principal, {action: 'project.create', target: made.id, address: request.ip});
    reply.code(201).header('location', `/v1/projects/${made.id}`);
    return showProject(made, reply);
  });

  app.get<{Params: IdParams}>(
    '/v1/projects/:id',
    {schema: {params: uuidParams, headers: linkHeaders}, config: {operation: get}},
    async (request, reply) => showProject(await projects.get(request.params.id, readerOf(request)), reply),
  );

  app.put<{Params: IdParams}>(
    '/v1/projects/:id',
    {schema: {params: uuidParams, headers: linkHeaders}, config: {operation: save}},
    async (request, reply) => {
      const {id} = request.params;
      const viewer = viewerOf(request);
      // Whoever may not see it learns nothing from what is wrong with his request.
      await projects.get(id, viewer);
      const {name, program} = readSave(request.body);
      engine.languages.resolve(program.language);
      const saved = await projects.save(id, viewer, {name, program, revision: basedOn(request.headers)});
      access.record(request.principal, {action: 'project.save', target: id, address: request.ip});
      return showProject(saved, reply);
    },
  );

  app.delete<{Params: IdParams}>(
    '/v1/projects/:id',
    {schema: {params: uuidParams}, config: {operation: remove}},
    async (request) => {
      await projects.delete(request.params.id, viewerOf(request));
      access.record(request.principal, {
        action: 'project.delete',
        target: request.params.id,
        address: request.ip,
      });
      return DONE;
    },
  );

  app.post<{Params: IdParams}>(
    '/v1/projects/:id/fork',
    {schema: {params: uuidParams, headers: linkHeaders}, config: {operation: fork}},
    async (request, reply) => {
      const made = await projects.fork(request.params.id, viewerOf(request), memberOf(request.principal).id);
      access.record(request.principal, {action: 'project.fork', target: made.id, address: request.ip});
      reply.code(201).header('location', `/v1/projects/${made.id}`);
      return showProject(made, reply);
    },
  );

  app.get<{Params: IdParams}>(
    '/v1/projects/:id/sharing',
    {schema: {params: uuidParams}, config: {operation: sharing}},
    async (request) => await projects.sharing(request.params.id, viewerOf(request)),
  );

  app.put<{Params: IdParams}>(
    '/v1/projects/:id/sharing',
    {schema: {params: uuidParams}, config: {operation: share}},
    async (request) => {
      const {id} = request.params;
      await projects.sharing(id, viewerOf(request));
      const {visibility, linkAccess = 'view'} = readShare(request.body);
      const shared = await projects.share(id, viewerOf(request), {visibility, linkAccess});
      const facts = {visibility, linkAccess};
      access.record(request.principal, {action: 'project.share', target: id, address: request.ip, facts});
      return shared;
    },
  );
}

const list: Operation = {
  operationId: 'listProjects',
  summary: 'List my projects',
  access: 'read',
  errors: ['invalid-request'],
  responses: {200: {description: 'One page.', schema: Type.Array(SUMMARY_SCHEMA)}},
};

const create: Operation = {
  operationId: 'createProject',
  summary: 'Make a project',
  access: 'write',
  errors: ['malformed-json', 'invalid-request', 'unknown-language', 'language-unavailable', 'storage-full'],
  body: newBody,
  responses: {201: {description: 'The project; its ETag names its revision.', schema: PROJECT_SCHEMA}},
};

const get: Operation = {
  operationId: 'getProject',
  summary: 'Read a project',
  access: 'public',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'The project; its ETag names its revision.', schema: PROJECT_SCHEMA}},
};

const save: Operation = {
  operationId: 'saveProject',
  summary: 'Replace name and program of a project',
  access: 'write',
  description:
    '`If-Match` names the revision that the change is based on; when somebody has saved since, nothing is overwritten.',
  errors: [
    'malformed-json',
    'invalid-request',
    'not-found',
    'changed-meanwhile',
    'precondition-required',
    'unknown-language',
    'language-unavailable',
    'storage-full',
  ],
  body: saveBody,
  responses: {200: {description: 'The project as saved.', schema: PROJECT_SCHEMA}},
};

const remove: Operation = {
  operationId: 'deleteProject',
  summary: 'Delete a project',
  access: 'write',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'It is gone.', schema: DONE_SCHEMA}},
};

const fork: Operation = {
  operationId: 'forkProject',
  summary: 'Copy a project into one of my own',
  access: 'write',
  errors: ['invalid-request', 'not-found', 'storage-full'],
  responses: {201: {description: 'The copy, which is private.', schema: PROJECT_SCHEMA}},
};

const sharing: Operation = {
  operationId: 'getSharing',
  summary: 'Who sees a project',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'For its owner.', schema: sharingSchema}},
};

const share: Operation = {
  operationId: 'shareProject',
  summary: 'Decide who sees a project',
  access: 'write',
  description: 'By link: whoever has `linkToken` may look or, signed in, change. Public: everybody may look.',
  errors: ['malformed-json', 'invalid-request', 'not-found'],
  body: shareBody,
  responses: {200: {description: 'As it is shared now.', schema: sharingSchema}},
};
