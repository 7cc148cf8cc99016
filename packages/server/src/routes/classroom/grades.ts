import {type GradeTable, gradesAsCsv, gradeTable} from '@sandglass/projects/classroom';
import type {FastifyInstance} from 'fastify';
import {Type} from 'typebox';
import {type IdParams, uuidParams} from '../accounts/account-parts.ts';
import type {Operation} from '../operation.ts';
import {type ClassroomParts, memberId} from './classroom-parts.ts';
import {GRADES_SCHEMA} from './groups.ts';

/** `/v1/groups/:id/grades`: the teacher's table, on a page and for a spreadsheet. */
export function registerGrades(app: FastifyInstance, {access, classroom, judge}: ClassroomParts): void {
  const {groups, assignments, submissions} = classroom;
  const tableOf = async (groupId: string): Promise<GradeTable> => {
    const all = await assignments.list(groupId);
    await judge.catchUp(all);
    const standings = await submissions.standings({assignmentIds: all.map(({id}) => id), userId: null});
    return gradeTable(await groups.members(groupId), all, standings);
  };

  app.get<{Params: IdParams}>(
    '/v1/groups/:id/grades',
    {schema: {params: uuidParams}, config: {operation: table}},
    async (request) => {
      const {id} = await groups.taught(request.params.id, memberId(request));
      const {assignments: columns, rows} = await tableOf(id);
      return {
        assignments: columns,
        rows: rows.map(({student: {joinedAtMs: _, ...student}, cells}) => ({student, cells})),
      };
    },
  );

  app.get<{Params: IdParams}>(
    '/v1/groups/:id/grades.csv',
    {schema: {params: uuidParams}, config: {operation: csv}, exposeHeadRoute: false},
    async (request, reply) => {
      const {id, name} = await groups.taught(request.params.id, memberId(request));
      const text = gradesAsCsv(await tableOf(id));
      access.record(request.principal, {action: 'grades.export', target: id, address: request.ip});
      // The name is what somebody typed; only its plainest letters go into a header.
      const file = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
      reply
        .type('text/csv; charset=utf-8; header=present')
        .header('content-disposition', `attachment; filename="grades-${file}.csv"`);
      return reply.send(text);
    },
  );
}

const table: Operation = {
  operationId: 'getGrades',
  summary: 'Students against assignments: best points, attempts, when',
  access: 'read',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'For the teacher.', schema: GRADES_SCHEMA}},
};

const csv: Operation = {
  operationId: 'exportGrades',
  summary: 'The table of grades for a spreadsheet',
  access: 'read',
  description:
    'RFC 4180 in UTF-8 with a byte order mark. Texts that a spreadsheet would take for a formula are put behind an apostrophe.',
  errors: ['invalid-request', 'not-found'],
  responses: {200: {description: 'For the teacher.', schema: Type.String(), contentType: 'text/csv'}},
};
