import {uuidv7} from '@sandglass/accounts';
import {SandglassError} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import type {Program} from '../project.ts';
import {
  type Assignment,
  type AssignmentBody,
  type HiddenJudging,
  phaseOf,
  readAssignment,
} from './assignment.ts';
import type {AssignmentsTable, ClassroomTables} from './classroom-tables.ts';
import {type GroupRole, type Groups, teachersOnly} from './groups.ts';

/** An assignment, and what whoever asked is in its group. */
export interface SeenAssignment {
  readonly assignment: Assignment;
  readonly role: GroupRole;
}

export const MAX_ASSIGNMENTS = 100;

/** Assignments of groups: a program to begin with, and tests that only the teacher and the judge see. */
export class Assignments {
  readonly #db: Kysely<ClassroomTables>;
  readonly #groups: Groups;
  readonly #maxBytes: number;

  constructor(db: Kysely<ClassroomTables>, groups: Groups, {maxBytes}: {readonly maxBytes: number}) {
    this.#db = db;
    this.#groups = groups;
    this.#maxBytes = maxBytes;
  }

  /** For the teacher. Throws `not-found`, `forbidden`, `invalid-request`, `storage-full`. */
  async create(groupId: string, userId: string, body: AssignmentBody): Promise<Assignment> {
    await this.#groups.taught(groupId, userId);
    const now = Date.now();
    const row: AssignmentsTable = {
      ...this.#columns(body),
      id: uuidv7(now),
      group_id: groupId,
      revision: 1,
      created_at_ms: now,
      updated_at_ms: now,
    };
    await this.#db.transaction().execute(async (db) => {
      const {assignments} = await db
        .selectFrom('assignments')
        .select((eb) => eb.fn.countAll<number>().as('assignments'))
        .where('group_id', '=', groupId)
        .executeTakeFirstOrThrow();
      if (Number(assignments) >= MAX_ASSIGNMENTS)
        throw new SandglassError(
          'storage-full',
          `Cannot make the assignment: the group has ${MAX_ASSIGNMENTS} already, which is the bound.`,
        );
      await db.insertInto('assignments').values(row).execute();
    });
    return toAssignment(row);
  }

  /** In the order in which they were made. The caller has checked that somebody may see the group. */
  async list(groupId: string): Promise<Assignment[]> {
    const rows = await this.#db
      .selectFrom('assignments')
      .selectAll()
      .where('group_id', '=', groupId)
      .orderBy('id')
      .execute();
    return rows.map(toAssignment);
  }

  /** Throws `not-found`, also for whoever is not in the group. */
  async get(id: string, userId: string): Promise<SeenAssignment> {
    const row = await this.#db.selectFrom('assignments').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw notFound(id);
    try {
      const {role} = await this.#groups.get(row.group_id, userId);
      return {assignment: toAssignment(row), role};
    } catch (error) {
      // That the group exists is not for everybody to know.
      if (error instanceof SandglassError && error.code === 'not-found') throw notFound(id);
      throw error;
    }
  }

  /** The same for what only the teacher may do. Throws `not-found`, `forbidden` for a student. */
  async taught(id: string, userId: string): Promise<Assignment> {
    const {assignment, role} = await this.get(id, userId);
    if (role !== 'teacher') throw teachersOnly();
    return assignment;
  }

  /** The same for what needs an assignment that is open; its teacher may try it at any time. Throws `not-found`, `assignment-closed`. */
  async open(id: string, userId: string): Promise<SeenAssignment> {
    const seen = await this.get(id, userId);
    if (seen.role === 'student') refuseUnlessOpen(seen.assignment);
    return seen;
  }

  /** Replaces it, if it is still at this revision. What was judged before keeps its points. Throws what `create` throws, `changed-meanwhile`. */
  async save(
    id: string,
    userId: string,
    {body, revision}: {readonly body: AssignmentBody; readonly revision: number},
  ): Promise<Assignment> {
    const before = await this.taught(id, userId);
    const {numUpdatedRows} = await this.#db
      .updateTable('assignments')
      .set({...this.#columns(body), revision: revision + 1, updated_at_ms: Date.now()})
      .where('id', '=', id)
      .where('revision', '=', revision)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n)
      throw new SandglassError(
        'changed-meanwhile',
        `Cannot save the assignment: it is at revision ${before.revision} but the change is based on ${revision}. Read it again and join the changes.`,
      );
    return await this.taught(id, userId);
  }

  /** With what was handed in. Throws `not-found`, `forbidden`. */
  async delete(id: string, userId: string): Promise<void> {
    await this.taught(id, userId);
    await this.#db.deleteFrom('assignments').where('id', '=', id).execute();
  }

  /** The project in which somebody works on it; null before he began, and when he has deleted it. */
  async projectOf(id: string, userId: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom('assignment_projects')
      .select('project_id')
      .where('assignment_id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.project_id ?? null;
  }

  /** Makes a project the one in which somebody works on it; false when he has one already. */
  async begin(id: string, userId: string, projectId: string): Promise<boolean> {
    const {numInsertedOrUpdatedRows = 0n} = await this.#db
      .insertInto('assignment_projects')
      .values({assignment_id: id, user_id: userId, project_id: projectId})
      .onConflict((conflict) => conflict.columns(['assignment_id', 'user_id']).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  #columns(body: AssignmentBody) {
    const {title, instructions, possible, feedback, maxAttempts, opensAtMs, dueAtMs, ...programs} =
      readAssignment(body);
    const template = JSON.stringify(programs.template);
    const judging = JSON.stringify(programs.judging);
    const bytes = Buffer.byteLength(template) + Buffer.byteLength(judging) + Buffer.byteLength(instructions);
    if (bytes > this.#maxBytes)
      throw new SandglassError(
        'storage-full',
        `Cannot keep the assignment: it has ${bytes} bytes but at most ${this.#maxBytes} are kept. Make its tests smaller.`,
      );
    return {
      title,
      instructions,
      template,
      judging,
      possible,
      feedback,
      max_attempts: maxAttempts,
      opens_at_ms: opensAtMs,
      due_at_ms: dueAtMs,
    };
  }
}

/** Throws `assignment-closed`. */
export function refuseUnlessOpen(assignment: Pick<Assignment, 'opensAtMs' | 'dueAtMs'>): void {
  const phase = phaseOf(assignment, Date.now());
  switch (phase) {
    case 'open':
      return;
    case 'not-open':
      throw closed(`it opens at ${new Date(assignment.opensAtMs ?? 0).toISOString()}`);
    case 'closed':
      throw closed(`it was due at ${new Date(assignment.dueAtMs ?? 0).toISOString()}`);
    default:
      phase satisfies never;
  }
}

function closed(reason: string): SandglassError {
  return new SandglassError('assignment-closed', `Cannot work on the assignment: ${reason}.`);
}

function notFound(id: string): SandglassError {
  return new SandglassError(
    'not-found',
    `Cannot find assignment ${id}: it never was, was deleted, or is not of a group of yours.`,
  );
}

function toAssignment(row: AssignmentsTable): Assignment {
  return {
    id: row.id,
    groupId: row.group_id,
    title: row.title,
    instructions: row.instructions,
    // Written by this class only, from values of these types.
    template: JSON.parse(row.template) as Program,
    judging: JSON.parse(row.judging) as HiddenJudging,
    possible: row.possible,
    feedback: row.feedback,
    maxAttempts: row.max_attempts,
    opensAtMs: row.opens_at_ms,
    dueAtMs: row.due_at_ms,
    revision: row.revision,
  };
}
