import type {FastifyInstance} from 'fastify';
import {Judge} from '../../classroom/judge.ts';
import type {AccountParts} from '../accounts/account-parts.ts';
import {rulesFor} from '../run-body.ts';
import {registerAssignments} from './assignments.ts';
import {registerGrades} from './grades.ts';
import {registerGroups} from './groups.ts';
import {registerSubmissions} from './submissions.ts';

/** Groups, assignments, submissions, grades. */
export function registerClassroom(app: FastifyInstance, parts: AccountParts): void {
  const {access, runs, engine} = parts;
  const {classroom, projects} = access;
  const languageId = (name: string) => engine.languages.resolve(name).recipe.id;
  const judge = new Judge({classroom, access, runs, languageId, rules: rulesFor(parts)});
  const classroomParts = {...parts, classroom, projects, judge};
  registerGroups(app, classroomParts);
  registerGrades(app, classroomParts);
  registerAssignments(app, classroomParts);
  registerSubmissions(app, classroomParts);
}
