import type {Assignment, Submission} from '@sandglass/projects/classroom';
import {submissionNotFound} from '@sandglass/projects/classroom';
import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {closedSignal} from '../../http/closed-signal.ts';
import {closed, type IdParams, uuid, uuidParams} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {programOf} from '../projects/project-parts.ts';
import {parseWait, WAIT_PATTERN} from '../query.ts';
import {type ClassroomParts, memberId} from './classroom-parts.ts';
import {SUBMISSION_SCHEMA, showToStudent, showToTeacher} from './show-submission.ts';

const waitQuery = Type.Object({wait: Type.Optional(Type.String({pattern: WAIT_PATTERN}))}, closed);
const listQuery = Type.Object({user: Type.Optional(uuid)}, closed);

/** Handing in, and what became of it. */
export function registerSubmissions(app: FastifyInstance, parts: ClassroomParts): void {
  const {access, classroom, projects, judge} = parts;
  const {assignments, submissions} = classroom;

  app.post<{Params: IdParams; Querystring: {readonly wait?: string}}>(
    '/v1/assignments/:id/submissions',
    {schema: {params: uuidParams, querystring: waitQuery}, config: {operation: submit}},
    async (request, reply) => {
      const {id} = request.params;
      const userId = memberId(request);
      const seen = await assignments.open(id, userId);
      const timeoutMs = parseWait(request.query.wait);
      const projectId = await assignments.projectOf(id, userId);
      if (projectId === null)
        throw new SandglassError(
          'not-found',
          'Cannot submit: you have no project for the assignment. Start it first.',
        );
      const project = await projects.get(projectId, {userId, linkToken: null});
      const {principal, ip: address} = request;
      const submission = await judge.submit({principal, userId, address}, seen, programOf(project));
      const facts = {submission: submission.id, number: submission.number};
      access.record(principal, {action: 'assignment.submit', target: id, address, facts});
      reply.code(201).header('location', `/v1/submissions/${submission.id}`);
      const signal = closedSignal(reply.raw);
      return shown(await judge.wait(submission, seen.assignment, {timeoutMs, signal}), seen);
    },
  );

  app.get<{Params: IdParams; Querystring: {readonly user?: string}}>(
    '/v1/assignments/:id/submissions',
    {schema: {params: uuidParams, querystring: listQuery}, config: {operation: list}},
    async (request) => {
      const {id} = request.params;
      const userId = memberId(request);
      const seen = await assignments.get(id, userId);
      const {user = userId} = request.query;
      if (user !== userId) await assignments.taught(id, userId);
      await judge.catchUp([seen.assignment]);
      return (await submissions.list(id, user)).map((submission) => shown(submission, seen));
    },
  );

  app.get<{Params: IdParams}>(
    '/v1/submissions/:id',
    {schema: {params: uuidParams}, config: {operation: get}},
    async (request) => {
      const {id} = request.params;
      const userId = memberId(request);
      const {assignmentId, userId: author} = await submissions.get(id);
      const seen = await seenOrNotFound(assignmentId, userId, id);
      // Another student's work does not exist for a student.
      if (seen.role === 'student' && author !== userId) throw submissionNotFound(id);
      await judge.catchUp([seen.assignment]);
      return shown(await submissions.get(id), seen);
    },
  );

  async function seenOrNotFound(assignmentId: string, userId: string, submissionId: string) {
    try {
      return await assignments.get(assignmentId, userId);
    } catch (error) {
      if (error instanceof SandglassError && error.code === 'not-found')
        throw submissionNotFound(submissionId);
      throw error;
    }
  }
}

function shown(
  submission: Submission,
  {assignment, role}: {readonly assignment: Assignment; readonly role: 'teacher' | 'student'},
) {
  return role === 'teacher' ? showToTeacher(submission) : showToStudent(submission, assignment);
}

const submit: Operation = {
  operationId: 'submitAssignment',
  summary: 'Hand in my project as it is saved',
  access: 'run',
  description:
    'It is judged against the hidden tests, in the language and within the limits of the assignment. With `wait` the answer comes when it is graded.',
  errors: [
    'invalid-request',
    'not-found',
    'assignment-closed',
    'limit-too-high',
    'unknown-language',
    'language-unavailable',
    'quota-exceeded',
    'server-full',
    'shutting-down',
  ],
  responses: {201: {description: 'As much as whoever asks may see.', schema: SUBMISSION_SCHEMA}},
};

const list: Operation = {
  operationId: 'listSubmissions',
  summary: 'What was handed in to an assignment, newest first',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {
    200: {description: "Mine; for the teacher any student's.", schema: Type.Array(SUBMISSION_SCHEMA)},
  },
};

const get: Operation = {
  operationId: 'getSubmission',
  summary: 'How a submission was graded',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'As much as whoever asks may see.', schema: SUBMISSION_SCHEMA}},
};
