import {isUtf8} from 'node:buffer';
import {
  LINK_ACCESSES,
  PROGRAM_SCHEMA,
  type Program,
  type Project,
  type ProjectSummary,
  type Projects,
  VISIBILITIES,
  type Viewer,
} from '@sandglass/projects';
import {SandglassError} from '@sandglass/protocol';
import type {FastifyReply, FastifyRequest} from 'fastify';
import {Type} from 'typebox';
import {type AccountParts, closed, dateTime, uuid} from '../accounts/account-parts.ts';

export interface ProjectParts extends AccountParts {
  readonly projects: Projects;
}

const summaryFields = {
  id: uuid,
  name: Type.String(),
  language: Type.String(),
  visibility: Type.Enum([...VISIBILITIES]),
  revision: Type.Integer({description: 'Counts saves; also the ETag.'}),
  bytes: Type.Integer(),
  createdAt: dateTime,
  updatedAt: dateTime,
};
export const SUMMARY_SCHEMA = Type.Object(summaryFields, {...closed, title: 'ProjectSummary'});
export const PROJECT_SCHEMA = Type.Object(
  {
    ...summaryFields,
    access: Type.Enum(['owner', ...LINK_ACCESSES], {description: 'What whoever asks may do.'}),
    forkedFrom: Type.Union([uuid, Type.Null()]),
    program: PROGRAM_SCHEMA,
  },
  {...closed, title: 'Project'},
);

export const linkHeaders = Type.Object({
  'sandglass-link': Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'The last part of a shared address, for a project that is shared by link.',
    }),
  ),
});

/** A key that may not read sees what everybody sees. */
export function viewerOf({principal, headers}: Pick<FastifyRequest, 'principal' | 'headers'>): Viewer {
  const link = headers['sandglass-link'];
  const linkToken = typeof link === 'string' ? link : null;
  if (principal.kind === 'user') return {userId: principal.user.id, linkToken};
  if (principal.kind === 'key') {
    const isKnown = principal.scopes.some((scope) => scope !== 'admin');
    return {userId: isKnown ? principal.user.id : null, linkToken};
  }
  return {userId: null, linkToken};
}

/** For routes that anybody may ask: a key reads what is its user's only with the scope `read`. */
export function readerOf(request: Pick<FastifyRequest, 'principal' | 'headers'>): Viewer {
  const viewer = viewerOf(request);
  const {principal} = request;
  return principal.kind === 'key' && !principal.scopes.includes('read') ? {...viewer, userId: null} : viewer;
}

export function showSummary({
  id,
  name,
  language,
  visibility,
  revision,
  bytes,
  createdAt,
  updatedAt,
}: ProjectSummary) {
  return {id, name, language, visibility, revision, bytes, createdAt, updatedAt};
}

/** The project as JSON, with its revision as `ETag` (RFC 9110 section 8.8.3). */
export function showProject(project: Project, reply: FastifyReply) {
  reply.header('etag', `"${project.revision}"`);
  const {access, forkedFrom} = project;
  return {...showSummary(project), access, forkedFrom, program: programOf(project)};
}

export function programOf({settings, files}: Project): Program {
  return {
    ...settings,
    files: files.map(({path, content}) => {
      const bytes = Buffer.from(content);
      return isUtf8(bytes)
        ? {path, content: bytes.toString('utf8')}
        : {path, contentBase64: bytes.toString('base64')};
    }),
  };
}

/** The revision that a change is based on. Throws `precondition-required`, `invalid-request`. */
export function basedOn(headers: FastifyRequest['headers']): number {
  const match = headers['if-match'];
  if (match === undefined)
    throw new SandglassError(
      'precondition-required',
      'Cannot save the project: the request does not say which version it changes. Send If-Match with the ETag that was read.',
    );
  const revision = /^"(\d{1,9})"$/.exec(match)?.[1];
  if (revision === undefined)
    throw new SandglassError(
      'invalid-request',
      `Cannot save the project: If-Match is not an ETag of a project, such as "3".`,
    );
  return Number(revision);
}
