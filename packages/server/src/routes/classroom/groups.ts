import {type Assignment, type Group, phaseOf, type Standing} from '@sandglass/projects/classroom';
import {SandglassError} from '@sandglass/protocol';
import type {FastifyInstance} from 'fastify';
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
import {type ClassroomParts, memberId, PERSON_SCHEMA, rfc3339, rfc3339OrNull} from './classroom-parts.ts';

const groupFields = {
  id: uuid,
  name: Type.String(),
  role: Type.Enum(['teacher', 'student'], {description: 'Of whoever asks.'}),
  teacher: PERSON_SCHEMA,
  joinCode: Type.Union([Type.String(), Type.Null()], {
    description: 'Whoever has it may join; for the teacher, and null while nobody may.',
  }),
};
const groupSchema = Type.Object(groupFields, {...closed, title: 'Group'});
const timeOrNull = Type.Union([dateTime, Type.Null()]);
const numberOrNull = Type.Union([Type.Number(), Type.Null()]);
const summarySchema = Type.Object(
  {
    id: uuid,
    title: Type.String(),
    phase: Type.Enum(['not-open', 'open', 'closed']),
    opensAt: timeOrNull,
    dueAt: timeOrNull,
    possible: Type.Number(),
    points: Type.Union([Type.Number(), Type.Null()], {description: 'Best of whoever asks.'}),
    attempts: Type.Integer({description: 'Of whoever asks.'}),
  },
  {...closed, title: 'AssignmentSummary'},
);
const openGroupSchema = Type.Object(
  {
    ...groupFields,
    assignments: Type.Array(summarySchema),
    members: Type.Union(
      [Type.Array(Type.Object({...PERSON_SCHEMA.properties, joinedAt: dateTime}, closed)), Type.Null()],
      {description: 'For the teacher.'},
    ),
  },
  {...closed, title: 'OpenGroup'},
);
const cellSchema = Type.Object(
  {
    attempts: Type.Integer(),
    points: numberOrNull,
    possible: Type.Number(),
    submittedAt: timeOrNull,
    submissionId: Type.Union([uuid, Type.Null()]),
  },
  {...closed, title: 'GradeCell'},
);
export const GRADES_SCHEMA = Type.Object(
  {
    assignments: Type.Array(Type.Object({id: uuid, title: Type.String(), possible: Type.Number()}, closed)),
    rows: Type.Array(Type.Object({student: PERSON_SCHEMA, cells: Type.Array(cellSchema)}, closed)),
  },
  {...closed, title: 'Grades'},
);
const newBody = Type.Object({name: Type.String()}, {...closed, title: 'GroupRequest'});
const changeBody = Type.Object(
  {
    name: Type.Optional(Type.String()),
    code: Type.Optional(
      Type.Enum(['keep', 'new', 'off'], {
        default: 'keep',
        description: '`new`: another code, the old one opens nothing; `off`: nobody may join by code.',
      }),
    ),
  },
  {...closed, title: 'GroupChange'},
);
const joinBody = Type.Object({code: Type.String({maxLength: 64})}, {...closed, title: 'JoinRequest'});
const memberBody = Type.Object(
  {username: Type.String({maxLength: 100})},
  {...closed, title: 'GroupMemberRequest'},
);
const memberParams = Type.Object({id: uuid, userId: uuid}, closed);
const readNew = bodyReader(newBody);
const readChange = bodyReader(changeBody);
const readJoin = bodyReader(joinBody);
const readMember = bodyReader(memberBody);

/** `/v1/groups`: a teacher's students. */
export function registerGroups(app: FastifyInstance, parts: ClassroomParts): void {
  const {access, classroom, judge} = parts;
  const {groups, assignments, submissions} = classroom;

  app.get('/v1/groups', {config: {operation: list}}, async (request) => await groups.list(memberId(request)));

  app.post('/v1/groups', {config: {operation: create}}, async (request, reply) => {
    const made = await groups.create(memberId(request), readNew(request.body).name);
    access.record(request.principal, {action: 'group.create', target: made.id, address: request.ip});
    reply.code(201).header('location', `/v1/groups/${made.id}`);
    return made;
  });

  app.post('/v1/groups/join', {config: {operation: join}}, async (request) => {
    const joined = await groups.join(memberId(request), readJoin(request.body).code);
    access.record(request.principal, {action: 'group.join', target: joined.id, address: request.ip});
    return joined;
  });

  app.get<{Params: IdParams}>(
    '/v1/groups/:id',
    {schema: {params: uuidParams}, config: {operation: get}},
    async (request) => {
      const userId = memberId(request);
      const group = await groups.get(request.params.id, userId);
      const all = await assignments.list(group.id);
      await judge.catchUp(all);
      const standings = await submissions.standings({assignmentIds: all.map(({id}) => id), userId});
      const members = group.role === 'teacher' ? await groups.members(group.id) : null;
      return {
        ...group,
        assignments: all.map((assignment) =>
          showSummary(
            assignment,
            group,
            standings.find(({assignmentId}) => assignmentId === assignment.id),
          ),
        ),
        members:
          members?.map(({joinedAtMs, ...person}) => ({...person, joinedAt: rfc3339(joinedAtMs)})) ?? null,
      };
    },
  );

  app.patch<{Params: IdParams}>(
    '/v1/groups/:id',
    {schema: {params: uuidParams}, config: {operation: change}},
    async (request) => {
      const {id} = request.params;
      await groups.taught(id, memberId(request));
      const {name, code = 'keep'} = readChange(request.body);
      const changed = await groups.change(id, memberId(request), {name, code});
      const facts = {code};
      access.record(request.principal, {action: 'group.change', target: id, address: request.ip, facts});
      return changed;
    },
  );

  app.delete<{Params: IdParams}>(
    '/v1/groups/:id',
    {schema: {params: uuidParams}, config: {operation: remove}},
    async (request) => {
      const {id} = request.params;
      await groups.delete(id, memberId(request));
      access.record(request.principal, {action: 'group.delete', target: id, address: request.ip});
      return DONE;
    },
  );

  app.post<{Params: IdParams}>(
    '/v1/groups/:id/members',
    {schema: {params: uuidParams}, config: {operation: add}},
    async (request) => {
      const {id} = request.params;
      await groups.taught(id, memberId(request));
      const {username} = readMember(request.body);
      const found = await access.accounts.users.findByName(username);
      if (found === null)
        throw new SandglassError('not-found', 'Cannot add the member: there is no user of this name.');
      await groups.addMember(id, memberId(request), found.id);
      const facts = {member: found.id};
      access.record(request.principal, {action: 'group.add', target: id, address: request.ip, facts});
      return DONE;
    },
  );

  app.delete<{Params: IdParams & {readonly userId: string}}>(
    '/v1/groups/:id/members/:userId',
    {schema: {params: memberParams}, config: {operation: removeMember}},
    async (request) => {
      const {id, userId} = request.params;
      await groups.removeMember(id, memberId(request), userId);
      const facts = {member: userId};
      access.record(request.principal, {action: 'group.remove', target: id, address: request.ip, facts});
      return DONE;
    },
  );
}

function showSummary(assignment: Assignment, {role}: Group, standing: Standing | undefined) {
  const {id, title, opensAtMs, dueAtMs, possible, feedback} = assignment;
  const isTold = role === 'teacher' || feedback !== 'none';
  return {
    id,
    title,
    phase: phaseOf(assignment, Date.now()),
    opensAt: rfc3339OrNull(opensAtMs),
    dueAt: rfc3339OrNull(dueAtMs),
    possible,
    points: isTold ? (standing?.best?.points ?? null) : null,
    attempts: standing?.attempts ?? 0,
  };
}

const list: Operation = {
  operationId: 'listGroups',
  summary: 'List groups that I teach or belong to',
  access: 'read',
  errors: [],
  responses: {200: {description: 'Newest first.', schema: Type.Array(groupSchema)}},
};

const create: Operation = {
  operationId: 'createGroup',
  summary: 'Make a group, and be its teacher',
  access: 'write',
  errors: ['malformed-json', 'invalid-request', 'storage-full'],
  body: newBody,
  responses: {201: {description: 'The group, with the code to join it.', schema: groupSchema}},
};

const join: Operation = {
  operationId: 'joinGroup',
  summary: 'Join a group by its code',
  access: 'write',
  errors: ['malformed-json', 'invalid-request', 'not-found', 'storage-full'],
  body: joinBody,
  responses: {200: {description: 'The group, also when I belonged to it already.', schema: groupSchema}},
};

const get: Operation = {
  operationId: 'getGroup',
  summary: 'A group with its assignments, for its teacher also with its members',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'The group.', schema: openGroupSchema}},
};

const change: Operation = {
  operationId: 'changeGroup',
  summary: 'Rename a group, or change the code to join it',
  access: 'write',
  errors: ['malformed-json', 'invalid-request', 'not-found'],
  body: changeBody,
  responses: {200: {description: 'The group as it is now.', schema: groupSchema}},
};

const remove: Operation = {
  operationId: 'deleteGroup',
  summary: 'Delete a group with its assignments and grades',
  access: 'write',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'It is gone; projects of students stay theirs.', schema: DONE_SCHEMA}},
};

const add: Operation = {
  operationId: 'addGroupMember',
  summary: 'Add somebody to a group by user name',
  access: 'write',
  errors: ['malformed-json', 'invalid-request', 'not-found', 'storage-full'],
  body: memberBody,
  responses: {200: {description: 'A member now.', schema: DONE_SCHEMA}},
};

const removeMember: Operation = {
  operationId: 'removeGroupMember',
  summary: 'Remove a member, or leave the group',
  access: 'write',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'No member any more.', schema: DONE_SCHEMA}},
};
