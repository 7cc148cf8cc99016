import {PROGRAM_SCHEMA, type Program, readArchive, writeArchive} from '@sandglass/projects';
import {decodeBase64, SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import {closed, type IdParams, memberOf, uuidParams} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {linkHeaders, PROJECT_SCHEMA, type ProjectParts, readerOf, showProject} from './project-parts.ts';

const importBody = Type.Object(
  {
    zipBase64: Type.String({contentEncoding: 'base64', description: 'The archive.'}),
    name: Type.Optional(Type.String({description: 'Default: as the archive says, else a random one.'})),
    language: Type.Optional(
      Type.String({maxLength: 64, description: 'Needed when the archive does not say.'}),
    ),
  },
  {...closed, title: 'ProjectImport'},
);
const readImport = bodyReader(importBody);
const readSettings = bodyReader(
  Type.Object(
    {...Type.Partial(Type.Omit(PROGRAM_SCHEMA, ['files'])).properties, name: Type.Optional(Type.String())},
    closed,
  ),
);
const MAX_FILES = 1000;

/** Projects as zip archives, out and in. */
export function registerArchives(
  app: FastifyInstance,
  {access, projects, engine, config}: ProjectParts,
): void {
  app.get<{Params: IdParams}>(
    '/v1/projects/:id/export',
    {
      schema: {params: uuidParams, headers: linkHeaders},
      config: {operation: exportOne},
      exposeHeadRoute: false,
    },
    async (request, reply) => {
      const project = await projects.get(request.params.id, readerOf(request));
      const zip = await writeArchive(project);
      // The name is what somebody typed; only its plainest letters go into a header.
      const name = project.name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
      reply.type('application/zip').header('content-disposition', `attachment; filename="${name}.zip"`);
      return reply.send(zip);
    },
  );

  app.post('/v1/projects/import', {config: {operation: importOne}}, async (request, reply) => {
    const {zipBase64, name, language} = readImport(request.body);
    const bytes = decodeBase64(zipBase64);
    if (bytes === null)
      throw new SandglassError('invalid-request', 'Cannot take the archive: /zipBase64 is not base64.');
    const {maxBytes} = config.accounts.projects;
    const {files, settings} = await readArchive(Buffer.from(bytes), {maxBytes, maxFiles: MAX_FILES});
    const {name: keptName, ...kept} = settings === null ? {} : readSettings(settings);
    const program: Program = {
      ...kept,
      language: engine.languages.resolve(language ?? kept.language ?? '').recipe.id,
      files: files.map(({path, content}) => ({path, contentBase64: Buffer.from(content).toString('base64')})),
    };
    const made = await projects.create(memberOf(request.principal).id, {name: name ?? keptName, program});
    access.record(request.principal, {action: 'project.import', target: made.id, address: request.ip});
    reply.code(201).header('location', `/v1/projects/${made.id}`);
    return showProject(made, reply);
  });
}

const exportOne: Operation = {
  operationId: 'exportProject',
  summary: 'Get a project as a zip archive',
  access: 'public',
  errors: ['invalid-request', 'not-found'],
  responses: {
    200: {
      description: 'Its files, and its settings in sandglass.project.json.',
      schema: Type.String(),
      contentType: 'application/zip',
    },
  },
};

const importOne: Operation = {
  operationId: 'importProject',
  summary: 'Make a project of a zip archive',
  access: 'write',
  description:
    'Refused with the entry and the reason: names that lead elsewhere, links, encryption, too many files or bytes.',
  errors: ['malformed-json', 'invalid-request', 'archive-refused', 'unknown-language', 'storage-full'],
  body: importBody,
  responses: {201: {description: 'The project.', schema: PROJECT_SCHEMA}},
};
