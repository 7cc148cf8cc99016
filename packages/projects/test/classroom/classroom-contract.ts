import type {AssignmentBody, Submission} from '@sandglass/projects/classroom';
import {gradeTable} from '@sandglass/projects/classroom';
import type {Run, TestOutcome} from '@sandglass/protocol';
import {describe, expect, it} from 'vitest';
import {type OpenedProjects, openProjects} from '../open-projects.ts';

const PROGRAM = {language: 'python', files: [{path: 'main.py', content: 'print(1)'}]};
const BODY: AssignmentBody = {
  title: 'Sums',
  template: PROGRAM,
  judging: {
    tests: [
      {stdin: '1', expected: '1', weight: 2},
      {stdin: '2', expected: '2'},
    ],
  },
};

/** What a class promises over every database. `newTarget` gives an empty one each time. */
export function describeClassroomContract(name: string, newTarget: () => Promise<string>): void {
  describe(`classroom contract: ${name}`, () => {
    it('lets in who has the code, once, and nobody by a code that was replaced', async () => {
      await using opened = await openProjects(await newTarget());
      const {groups} = opened.classroom;
      const bob = await opened.user('bob');
      const group = await groups.create(opened.userId, ' 8b <b>\u202E ');
      expect(group).toMatchObject({name: '8b <b>\u202E', role: 'teacher'});
      const code = group.joinCode ?? '';
      expect(code).toMatch(/^[2-9A-HJ-NP-Z]{12}$/);
      for (const typed of [code, `${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`])
        expect(await groups.join(bob, typed)).toMatchObject({id: group.id, role: 'student', joinCode: null});
      expect(await groups.members(group.id)).toMatchObject([{username: 'bob'}]);
      await groups.change(group.id, opened.userId, {name: undefined, code: 'new'});
      const carol = await opened.user('carol');
      await expect(groups.join(carol, code)).rejects.toMatchObject({code: 'not-found'});
      await groups.change(group.id, opened.userId, {name: undefined, code: 'off'});
      await expect(groups.join(carol, '')).rejects.toMatchObject({code: 'not-found'});
      await groups.removeMember(group.id, bob, bob);
      await expect(groups.get(group.id, bob)).rejects.toMatchObject({code: 'not-found'});
    });

    it('keeps the first of the best submissions, and the programs of the best and the latest', async () => {
      await using opened = await openProjects(await newTarget());
      const {assignment, bob} = await withAssignment(opened);
      const {submissions} = opened.classroom;
      const ids: string[] = [];
      for (const outcomes of [
        ['wrong-answer', 'ok'],
        ['ok', 'wrong-answer'],
        ['ok', 'wrong-answer'],
        ['wrong-answer', 'wrong-answer'],
      ] as const)
        ids.push((await judged(opened, assignment.id, bob, outcomes)).id);
      const [standing] = await submissions.standings({assignmentIds: [assignment.id], userId: null});
      expect(standing).toMatchObject({attempts: 4, best: {id: ids[1], points: 2, possible: 3, number: 2}});
      const kept = await Promise.all(ids.map(async (id) => (await submissions.get(id)).program !== null));
      expect(kept).toEqual([false, true, false, true]);
    });

    it('counts no attempt at which the judge failed, and grades once', async () => {
      await using opened = await openProjects(await newTarget());
      const {assignment, bob} = await withAssignment(opened, {maxAttempts: 1});
      const {submissions} = opened.classroom;
      const failed = await judged(opened, assignment.id, bob, [], {outcome: 'internal-error'});
      expect(await submissions.get(failed.id)).toMatchObject({state: 'failed', points: null});
      const graded = await judged(opened, assignment.id, bob, ['ok', 'ok']);
      await submissions.grade(graded, assignment, runWith(['wrong-answer', 'wrong-answer']));
      expect(await submissions.get(graded.id)).toMatchObject({state: 'graded', points: 3});
      await expect(begin(opened, assignment.id, bob)).rejects.toMatchObject({code: 'assignment-closed'});
      expect(await submissions.standings({assignmentIds: [assignment.id], userId: bob})).toMatchObject([
        {attempts: 1, best: {points: 3}},
      ]);
    });

    it('gives away no more attempts than there are, also when many submit at once over two processes', async () => {
      const target = await newTarget();
      await using one = await openProjects(target);
      await using other = await openProjects(target);
      const {assignment, bob} = await withAssignment(one, {maxAttempts: 3});
      const answers = await Promise.allSettled(
        Array.from({length: 8}, (_, index) => begin(index % 2 === 0 ? one : other, assignment.id, bob)),
      );
      const taken = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.number] : []));
      expect(taken.sort()).toEqual([1, 2, 3]);
      for (const answer of answers)
        if (answer.status === 'rejected') expect(answer.reason).toMatchObject({code: 'assignment-closed'});
    });

    it.each([
      ['before it opens', {opensAt: new Date(Date.now() + 3_600_000).toISOString()}],
      ['after it was due', {dueAt: new Date(Date.now() - 1000).toISOString()}],
    ])('takes nothing from a student %s, and lets the teacher try', async (_, times) => {
      await using opened = await openProjects(await newTarget());
      const {assignment, bob} = await withAssignment(opened, times);
      const {assignments} = opened.classroom;
      await expect(assignments.open(assignment.id, bob)).rejects.toMatchObject({code: 'assignment-closed'});
      await expect(begin(opened, assignment.id, bob)).rejects.toMatchObject({code: 'assignment-closed'});
      expect(await assignments.open(assignment.id, opened.userId)).toMatchObject({role: 'teacher'});
    });

    it('shows a student of another group nothing, and a student nothing of the teacher', async () => {
      await using opened = await openProjects(await newTarget());
      const {assignment, group, bob} = await withAssignment(opened);
      const {assignments, groups} = opened.classroom;
      const eve = await opened.user('eve');
      await groups.create(eve, 'of eve');
      await expect(assignments.get(assignment.id, eve)).rejects.toMatchObject({code: 'not-found'});
      await expect(assignments.taught(assignment.id, bob)).rejects.toMatchObject({code: 'forbidden'});
      await expect(groups.addMember(group.id, bob, eve)).rejects.toMatchObject({code: 'forbidden'});
      await expect(groups.removeMember(group.id, bob, eve)).rejects.toMatchObject({code: 'forbidden'});
      await expect(assignments.save(assignment.id, bob, {body: BODY, revision: 1})).rejects.toMatchObject({
        code: 'forbidden',
      });
    });

    it('lets one of two savers win, and keeps points that were given before', async () => {
      await using opened = await openProjects(await newTarget());
      const {assignment, group, bob} = await withAssignment(opened);
      const {assignments, groups, submissions} = opened.classroom;
      await judged(opened, assignment.id, bob, ['ok', 'ok']);
      const change = {body: {...BODY, judging: {tests: [{expected: '9'}]}}, revision: 1};
      expect(await assignments.save(assignment.id, opened.userId, change)).toMatchObject({revision: 2});
      await expect(assignments.save(assignment.id, opened.userId, change)).rejects.toMatchObject({
        code: 'changed-meanwhile',
      });
      const all = await assignments.list(group.id);
      const standings = await submissions.standings({assignmentIds: [assignment.id], userId: null});
      const {rows} = gradeTable(await groups.members(group.id), all, standings);
      expect(rows).toMatchObject([
        {student: {username: 'bob'}, cells: [{points: 3, possible: 3, attempts: 1}]},
      ]);
    });

    it('forgets everything of a group with it, but not the projects of students', async () => {
      await using opened = await openProjects(await newTarget());
      const {assignment, group, bob} = await withAssignment(opened);
      const {id} = await judged(opened, assignment.id, bob, ['ok', 'ok']);
      const project = await opened.projects.create(bob, {program: PROGRAM});
      expect(await opened.classroom.assignments.begin(assignment.id, bob, project.id)).toBe(true);
      expect(await opened.classroom.assignments.begin(assignment.id, bob, project.id)).toBe(false);
      await opened.classroom.groups.delete(group.id, opened.userId);
      await expect(opened.classroom.submissions.get(id)).rejects.toMatchObject({code: 'not-found'});
      expect(await opened.projects.get(project.id, {userId: bob, linkToken: null})).toMatchObject({
        id: project.id,
      });
    });
  });
}

async function withAssignment(opened: OpenedProjects, more: Partial<AssignmentBody> = {}) {
  const {groups, assignments} = opened.classroom;
  const group = await groups.create(opened.userId, 'a class');
  const bob = await opened.user('bob');
  await groups.addMember(group.id, opened.userId, bob);
  const assignment = await assignments.create(group.id, opened.userId, {...BODY, ...more});
  return {group, bob, assignment};
}

async function begin({classroom}: OpenedProjects, id: string, userId: string): Promise<Submission> {
  const {assignment, role} = await classroom.assignments.get(id, userId);
  return await classroom.submissions.begin(assignment, {userId, role, program: PROGRAM});
}

async function judged(
  opened: OpenedProjects,
  id: string,
  userId: string,
  outcomes: readonly TestOutcome[],
  more: Partial<Run> = {},
): Promise<Submission> {
  const submission = await begin(opened, id, userId);
  const {assignment} = await opened.classroom.assignments.get(id, userId);
  await opened.classroom.submissions.grade(submission, assignment, runWith(outcomes, more));
  return submission;
}

/** The part of a run that is looked at. */
function runWith(outcomes: readonly TestOutcome[], more: Partial<Run> = {}): Run {
  const tests = outcomes.map((outcome, index) => ({name: String(index + 1), outcome, run: null}));
  return {outcome: 'ok', explanation: null, compile: null, tests, ...more} as Run;
}
