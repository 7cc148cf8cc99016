import {uuidv7} from '@sandglass/accounts';
import {isUniqueViolation} from '@sandglass/accounts/database';
import {type Run, SandglassError} from '@sandglass/protocol';
import {type Kysely, sql} from 'kysely';
import type {Program} from '../project.ts';
import {type Assignment, MAX_ATTEMPTS} from './assignment.ts';
import {refuseUnlessOpen} from './assignments.ts';
import type {ClassroomTables, SubmissionsTable} from './classroom-tables.ts';
import {gradeRun} from './grade-run.ts';
import type {GroupRole} from './groups.ts';
import type {Report, Submission, SubmissionWithProgram} from './submission.ts';

/** The best of one student's submissions to one assignment. */
export interface Standing {
  readonly assignmentId: string;
  readonly userId: string;
  /** Null while nothing was graded. */
  readonly best: Submission | null;
  /** Without those at which the judge failed. */
  readonly attempts: number;
  readonly lastSubmittedAtMs: number;
}

/** Two at the same moment ask for the same number; more tries than anybody sends at once. */
const NUMBER_TRIES = 20;
/** A row without a run that is older was left by a process that died. */
const ORPHAN_MS = 60_000;
const MAX_LISTED = 200;

/** What students hand in, how it was judged, and which of it counts. */
export class Submissions {
  readonly #db: Kysely<ClassroomTables>;

  constructor(db: Kysely<ClassroomTables>) {
    this.#db = db;
  }

  /**
   * Counts an attempt, before anything is judged. Throws `assignment-closed` when a student has no attempt left or is too late; a teacher
   * tries his own assignment as often as he likes.
   */
  async begin(
    {id, revision, possible, maxAttempts, opensAtMs, dueAtMs}: Assignment,
    {userId, role, program}: {readonly userId: string; readonly role: GroupRole; readonly program: Program},
  ): Promise<Submission> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#db.transaction().execute(async (db) => {
          if (role === 'student') refuseUnlessOpen({opensAtMs, dueAtMs});
          const earlier = await db
            .selectFrom('submissions')
            .select(['number', 'state'])
            .where('assignment_id', '=', id)
            .where('user_id', '=', userId)
            .execute();
          const attempts = earlier.filter(({state}) => state !== 'failed').length;
          const most = maxAttempts ?? MAX_ATTEMPTS;
          if (role === 'student' && attempts >= most)
            throw new SandglassError(
              'assignment-closed',
              `Cannot submit: all ${most} attempts at the assignment are used up.`,
            );
          const now = Date.now();
          const row: SubmissionsTable = {
            id: uuidv7(now),
            assignment_id: id,
            user_id: userId,
            number: Math.max(0, ...earlier.map(({number}) => number)) + 1,
            revision,
            state: 'judging',
            run_id: null,
            program: JSON.stringify(program),
            points: null,
            possible,
            report: null,
            submitted_at_ms: now,
          };
          await db.insertInto('submissions').values(row).execute();
          return toSubmission(row);
        });
      } catch (error) {
        if (!isUniqueViolation(error) || tries >= NUMBER_TRIES) throw error;
      }
    }
  }

  /** The run that judges it was accepted. */
  async attach(id: string, runId: string): Promise<void> {
    await this.#db.updateTable('submissions').set({run_id: runId}).where('id', '=', id).execute();
  }

  /** Nothing was accepted after all. */
  async withdraw(id: string): Promise<void> {
    await this.#db.deleteFrom('submissions').where('id', '=', id).where('run_id', 'is', null).execute();
  }

  /** Writes down how the run ended, once, whoever sees it first. Programs that neither count nor are the latest are not kept. */
  async grade({id, assignmentId, userId}: Submission, {judging}: Assignment, run: Run): Promise<void> {
    const {state, report, ...graded} = gradeRun(judging.tests, run);
    const points = 'points' in graded ? graded.points : null;
    await this.#settle(id, {state, points, report: JSON.stringify(report)});
    const {best} = (await this.standings({assignmentIds: [assignmentId], userId}))[0] ?? {best: null};
    const latest = await this.#db
      .selectFrom('submissions')
      .select((eb) => eb.fn.max('number').as('number'))
      .where('assignment_id', '=', assignmentId)
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    await this.#db
      .updateTable('submissions')
      .set({program: null})
      .where('assignment_id', '=', assignmentId)
      .where('user_id', '=', userId)
      .where('state', '!=', 'judging')
      .where('number', 'not in', [latest.number, best?.number ?? 0])
      .where('program', 'is not', null)
      .execute();
  }

  /** The run is gone: nobody will ever know how it would have ended. */
  async fail(id: string, reason: string): Promise<void> {
    const report: Report = {tests: [], problem: {kind: 'failed', text: reason}};
    await this.#settle(id, {state: 'failed', points: null, report: JSON.stringify(report)});
  }

  /** Submissions whose run may have ended without this process having seen it. */
  async unsettled(assignmentIds: readonly string[]): Promise<{rows: Submission[]; orphans: Submission[]}> {
    if (assignmentIds.length === 0) return {rows: [], orphans: []};
    const found = await this.#db
      .selectFrom('submissions')
      .selectAll()
      .where('assignment_id', 'in', assignmentIds)
      .where('state', '=', 'judging')
      .orderBy('id')
      .limit(MAX_LISTED)
      .execute();
    const rows = found.map(toSubmission);
    return {
      rows: rows.filter(({runId}) => runId !== null),
      orphans: rows.filter(
        ({runId, submittedAtMs}) => runId === null && submittedAtMs < Date.now() - ORPHAN_MS,
      ),
    };
  }

  /** Throws `not-found`. Whether somebody may see it is the caller's to find out. */
  async get(id: string): Promise<SubmissionWithProgram> {
    const row = await this.#db.selectFrom('submissions').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw submissionNotFound(id);
    // Written by `begin` only.
    return {
      ...toSubmission(row),
      program: row.program === null ? null : (JSON.parse(row.program) as Program),
    };
  }

  /** Newest first, at most 200. */
  async list(assignmentId: string, userId: string): Promise<Submission[]> {
    const rows = await this.#db
      .selectFrom('submissions')
      .selectAll()
      .where('assignment_id', '=', assignmentId)
      .where('user_id', '=', userId)
      .orderBy('number', 'desc')
      .limit(MAX_LISTED)
      .execute();
    return rows.map(toSubmission);
  }

  /** What counts: most points, and among equals the first. One for each student and assignment with a submission. */
  async standings({
    assignmentIds,
    userId,
  }: {
    readonly assignmentIds: readonly string[];
    readonly userId: string | null;
  }): Promise<Standing[]> {
    if (assignmentIds.length === 0) return [];
    const group = sql`partition by assignment_id, user_id`;
    const rows = await this.#db
      .selectFrom((eb) => {
        const all = eb
          .selectFrom('submissions')
          .selectAll()
          .select([
            sql<number>`row_number() over (${group} order by coalesce(points, -1) desc, number)`.as('place'),
            sql<number>`sum(case when state = 'failed' then 0 else 1 end) over (${group})`.as('attempts'),
            sql<number>`max(submitted_at_ms) over (${group})`.as('last_at_ms'),
          ])
          .where('assignment_id', 'in', assignmentIds);
        return (userId === null ? all : all.where('user_id', '=', userId)).as('ranked');
      })
      .selectAll()
      .where('place', '=', 1)
      .execute();
    return rows.map(({attempts, last_at_ms, ...row}) => ({
      assignmentId: row.assignment_id,
      userId: row.user_id,
      best: row.state === 'graded' ? toSubmission(row) : null,
      attempts,
      lastSubmittedAtMs: last_at_ms,
    }));
  }

  async #settle(id: string, grade: Pick<SubmissionsTable, 'state' | 'points' | 'report'>): Promise<void> {
    await this.#db
      .updateTable('submissions')
      .set(grade)
      .where('id', '=', id)
      .where('state', '=', 'judging')
      .execute();
  }
}

export function submissionNotFound(id: string): SandglassError {
  return new SandglassError('not-found', `Cannot find submission ${id}: it never was, or is not yours.`);
}

function toSubmission(row: SubmissionsTable): Submission {
  return {
    id: row.id,
    assignmentId: row.assignment_id,
    userId: row.user_id,
    number: row.number,
    revision: row.revision,
    state: row.state,
    runId: row.run_id,
    points: row.points,
    possible: row.possible,
    // Written by this class only.
    report: row.report === null ? null : (JSON.parse(row.report) as Report),
    submittedAtMs: row.submitted_at_ms,
  };
}
