import {PROGRAM_SCHEMA} from '@sandglass/projects';
import {
  ASSIGNMENT_BODY,
  FEEDBACKS,
  HIDDEN_JUDGING,
  phaseOf,
  type SeenAssignment,
} from '@sandglass/projects/classroom';
import type {FastifyInstance, FastifyReply} from 'fastify';
import {Type} from 'typebox';
import {bodyReader} from '../../http/body-reader.ts';
import {
  closed,
  DONE,
  DONE_SCHEMA,
  dateTime,
  type IdParams,
  uuid,
  uuidParams,
} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {basedOn, PROJECT_SCHEMA, showProject} from '../projects/project-parts.ts';
import {type ClassroomParts, memberId, rfc3339OrNull} from './classroom-parts.ts';

const timeOrNull = Type.Union([dateTime, Type.Null()]);
const assignmentSchema = Type.Object(
  {
    id: uuid,
    groupId: uuid,
    role: Type.Enum(['teacher', 'student'], {description: 'Of whoever asks.'}),
    title: Type.String(),
    instructions: Type.Union([Type.String(), Type.Null()], {
      description: 'Null for students before it opens.',
    }),
    language: Type.String(),
    possible: Type.Number({description: 'Points of all tests.'}),
    feedback: Type.Enum([...FEEDBACKS]),
    maxAttempts: Type.Union([Type.Integer(), Type.Null()]),
    opensAt: timeOrNull,
    dueAt: timeOrNull,
    phase: Type.Enum(['not-open', 'open', 'closed']),
    revision: Type.Integer({description: 'Counts changes; also the ETag.'}),
    projectId: Type.Union([uuid, Type.Null()], {description: 'In which whoever asks works on it.'}),
    template: Type.Optional(PROGRAM_SCHEMA),
    judging: Type.Optional(HIDDEN_JUDGING),
  },
  {...closed, title: 'Assignment', description: '`template` and `judging` are for the teacher.'},
);
const readAssignment = bodyReader(ASSIGNMENT_BODY);

/** Assignments: made and changed by the teacher, begun by students. */
export function registerAssignments(app: FastifyInstance, parts: ClassroomParts): void {
  const {access, classroom, projects, judge} = parts;
  const {groups, assignments} = classroom;
  const show = async (seen: SeenAssignment, userId: string, reply: FastifyReply) => {
    const projectId = await assignments.projectOf(seen.assignment.id, userId);
    reply.header('etag', `"${seen.assignment.revision}"`);
    return {...showAssignment(seen), projectId};
  };

  app.post<{Params: IdParams}>(
    '/v1/groups/:id/assignments',
    {schema: {params: uuidParams}, config: {operation: create}},
    async (request, reply) => {
      const userId = memberId(request);
      // Whoever may not learns nothing from what is wrong with his request.
      await groups.taught(request.params.id, userId);
      const body = readAssignment(request.body);
      judge.check(request.principal, body);
      const assignment = await assignments.create(request.params.id, userId, body);
      const {id} = assignment;
      access.record(request.principal, {action: 'assignment.create', target: id, address: request.ip});
      reply.code(201).header('location', `/v1/assignments/${id}`);
      return await show({assignment, role: 'teacher'}, userId, reply);
    },
  );

  app.get<{Params: IdParams}>(
    '/v1/assignments/:id',
    {schema: {params: uuidParams}, config: {operation: get}},
    async (request, reply) => {
      const userId = memberId(request);
      return await show(await assignments.get(request.params.id, userId), userId, reply);
    },
  );

  app.put<{Params: IdParams}>(
    '/v1/assignments/:id',
    {schema: {params: uuidParams}, config: {operation: save}},
    async (request, reply) => {
      const {id} = request.params;
      const userId = memberId(request);
      await assignments.taught(id, userId);
      const body = readAssignment(request.body);
      judge.check(request.principal, body);
      const assignment = await assignments.save(id, userId, {body, revision: basedOn(request.headers)});
      access.record(request.principal, {action: 'assignment.save', target: id, address: request.ip});
      return await show({assignment, role: 'teacher'}, userId, reply);
    },
  );

  app.delete<{Params: IdParams}>(
    '/v1/assignments/:id',
    {schema: {params: uuidParams}, config: {operation: remove}},
    async (request) => {
      const {id} = request.params;
      await assignments.delete(id, memberId(request));
      access.record(request.principal, {action: 'assignment.delete', target: id, address: request.ip});
      return DONE;
    },
  );

  app.post<{Params: IdParams}>(
    '/v1/assignments/:id/start',
    {schema: {params: uuidParams}, config: {operation: start}},
    async (request, reply) => {
      const {id} = request.params;
      const userId = memberId(request);
      const viewer = {userId, linkToken: null};
      const {assignment} = await assignments.open(id, userId);
      const known = await assignments.projectOf(id, userId);
      if (known !== null) return showProject(await projects.get(known, viewer), reply);
      const {title, template} = assignment;
      const made = await projects.create(userId, {name: title, program: template});
      if (!(await assignments.begin(id, userId, made.id))) {
        // He began in two tabs at once: the first project is the one.
        await projects.delete(made.id, viewer);
        const first = (await assignments.projectOf(id, userId)) ?? made.id;
        return showProject(await projects.get(first, viewer), reply);
      }
      const facts = {project: made.id};
      access.record(request.principal, {action: 'assignment.start', target: id, address: request.ip, facts});
      reply.code(201).header('location', `/v1/projects/${made.id}`);
      return showProject(made, reply);
    },
  );
}

function showAssignment({assignment, role}: SeenAssignment) {
  const {id, groupId, title, instructions, template, judging, possible} = assignment;
  const {feedback, maxAttempts, opensAtMs, dueAtMs, revision} = assignment;
  const phase = phaseOf(assignment, Date.now());
  const isTeacher = role === 'teacher';
  return {
    id,
    groupId,
    role,
    title,
    instructions: isTeacher || phase !== 'not-open' ? instructions : null,
    language: template.language,
    possible,
    feedback,
    maxAttempts,
    opensAt: rfc3339OrNull(opensAtMs),
    dueAt: rfc3339OrNull(dueAtMs),
    phase,
    revision,
    ...(isTeacher ? {template, judging} : {}),
  };
}

const create: Operation = {
  operationId: 'createAssignment',
  summary: 'Give a group an assignment',
  access: 'write',
  description: 'The tests in `judging` are for the teacher and the judge; students never see them.',
  errors: [
    'malformed-json',
    'invalid-request',
    'not-found',
    'unknown-language',
    'language-unavailable',
    'limit-too-high',
    'storage-full',
  ],
  body: ASSIGNMENT_BODY,
  responses: {201: {description: 'The assignment; its ETag names its revision.', schema: assignmentSchema}},
};

const get: Operation = {
  operationId: 'getAssignment',
  summary: 'Read an assignment',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'As much as whoever asks may see.', schema: assignmentSchema}},
};

const save: Operation = {
  operationId: 'saveAssignment',
  summary: 'Replace an assignment',
  access: 'write',
  description:
    '`If-Match` names the revision that the change is based on. What was judged before keeps its points.',
  errors: [
    'malformed-json',
    'invalid-request',
    'not-found',
    'changed-meanwhile',
    'precondition-required',
    'unknown-language',
    'language-unavailable',
    'limit-too-high',
    'storage-full',
  ],
  body: ASSIGNMENT_BODY,
  responses: {200: {description: 'The assignment as saved.', schema: assignmentSchema}},
};

const remove: Operation = {
  operationId: 'deleteAssignment',
  summary: 'Delete an assignment with its grades',
  access: 'write',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'It is gone.', schema: DONE_SCHEMA}},
};

const start: Operation = {
  operationId: 'startAssignment',
  summary: 'Begin an assignment: a project of my own, made of its template',
  access: 'write',
  errors: ['invalid-request', 'not-found', 'assignment-closed', 'storage-full'],
  responses: {
    200: {description: 'The project, begun earlier.', schema: PROJECT_SCHEMA},
    201: {description: 'The project.', schema: PROJECT_SCHEMA},
  },
};
