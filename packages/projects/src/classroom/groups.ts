import {randomInt} from 'node:crypto';
import {uuidv7} from '@sandglass/accounts';
import {SandglassError} from '@sandglass/protocol';
import type {Kysely} from 'kysely';
import {nameProblem} from '../text-rules.ts';
import type {ClassroomTables, GroupsTable} from './classroom-tables.ts';

/** What somebody is in a group; whoever is neither does not learn that it exists. */
export type GroupRole = 'teacher' | 'student';

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly role: GroupRole;
  readonly teacher: Person;
  /** For the teacher; null while nobody may join by code. */
  readonly joinCode: string | null;
}

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly name: string;
}

export interface Member extends Person {
  readonly joinedAtMs: number;
}

export const MAX_GROUPS = 100;
export const MAX_MEMBERS = 500;
/** Without letters and digits that are taken for each other; 12 of them are 59 bits, which nobody guesses over a network. */
const CODE_LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'.replace('O', '');
const CODE_LENGTH = 12;

/** Groups of students; each has one teacher, who made it. */
export class Groups {
  readonly #db: Kysely<ClassroomTables>;

  constructor(db: Kysely<ClassroomTables>) {
    this.#db = db;
  }

  /** Throws `invalid-request`, `storage-full`. */
  async create(teacherId: string, name: string): Promise<Group> {
    const row: GroupsTable = {
      id: uuidv7(),
      teacher_id: teacherId,
      name: checkGroupName(name),
      join_code: newCode(),
      created_at_ms: Date.now(),
    };
    await this.#db.transaction().execute(async (db) => {
      const {groups} = await db
        .selectFrom('class_groups')
        .select((eb) => eb.fn.countAll<number>().as('groups'))
        .where('teacher_id', '=', teacherId)
        .executeTakeFirstOrThrow();
      if (Number(groups) >= MAX_GROUPS) throw full(`you have ${MAX_GROUPS} groups already`);
      await db.insertInto('class_groups').values(row).execute();
    });
    return await this.get(row.id, teacherId);
  }

  /** Groups that somebody teaches or is a member of, newest first. */
  async list(userId: string): Promise<Group[]> {
    const rows = await this.#query()
      .where((eb) =>
        eb.or([
          eb('teacher_id', '=', userId),
          eb(
            'class_groups.id',
            'in',
            eb.selectFrom('class_members').select('group_id').where('user_id', '=', userId),
          ),
        ]),
      )
      .orderBy('class_groups.id', 'desc')
      .execute();
    return rows.map((row) => toGroup(row, userId));
  }

  /** Throws `not-found`, also for a group of others. */
  async get(id: string, userId: string): Promise<Group> {
    const row = await this.#query().where('class_groups.id', '=', id).executeTakeFirst();
    if (row === undefined || !(await this.#belongs(row, userId))) throw groupNotFound(id);
    return toGroup(row, userId);
  }

  /** The same for what only the teacher may do. Throws `not-found`, `forbidden` for a student. */
  async taught(id: string, userId: string): Promise<Group> {
    const group = await this.get(id, userId);
    if (group.role !== 'teacher') throw teachersOnly();
    return group;
  }

  /** `code`: `keep` it, make it `new`, or let nobody join by it (`off`). Throws what `taught` throws, `invalid-request`. */
  async change(
    id: string,
    userId: string,
    {name, code}: {readonly name: string | undefined; readonly code: 'keep' | 'new' | 'off'},
  ): Promise<Group> {
    const before = await this.taught(id, userId);
    const joinCode = code === 'keep' ? before.joinCode : code === 'new' ? newCode() : null;
    await this.#db
      .updateTable('class_groups')
      .set({name: checkGroupName(name ?? before.name), join_code: joinCode})
      .where('id', '=', id)
      .execute();
    return await this.get(id, userId);
  }

  /** With its assignments and what was handed in; projects of students stay theirs. Throws what `taught` throws. */
  async delete(id: string, userId: string): Promise<void> {
    await this.taught(id, userId);
    await this.#db.deleteFrom('class_groups').where('id', '=', id).execute();
  }

  /** Joining twice is joining once. Throws `not-found` for a code that opens nothing, `storage-full`. */
  async join(userId: string, code: string): Promise<Group> {
    const normal = code.toUpperCase().replace(/[\s-]/g, '');
    const group = await this.#db
      .selectFrom('class_groups')
      .select(['id', 'teacher_id'])
      .where('join_code', '=', normal)
      .executeTakeFirst();
    if (group === undefined)
      throw new SandglassError(
        'not-found',
        'Cannot join: no group has this code (any more). Ask the teacher for the current one.',
      );
    if (group.teacher_id !== userId) await this.#add(group.id, userId);
    return await this.get(group.id, userId);
  }

  /** Throws what `taught` throws, `storage-full`. The caller knows that the user exists. */
  async addMember(id: string, teacherId: string, userId: string): Promise<void> {
    await this.taught(id, teacherId);
    if (userId !== teacherId) await this.#add(id, userId);
  }

  /** The teacher removes anybody, a student himself; grades stay with the assignment. Throws `not-found`, `forbidden`. */
  async removeMember(id: string, userId: string, memberId: string): Promise<void> {
    if (userId === memberId) await this.get(id, userId);
    else await this.taught(id, userId);
    const {numDeletedRows} = await this.#db
      .deleteFrom('class_members')
      .where('group_id', '=', id)
      .where('user_id', '=', memberId)
      .executeTakeFirst();
    if (numDeletedRows !== 1n)
      throw new SandglassError('not-found', `Cannot remove user ${memberId}: not a member of the group.`);
  }

  /** By name. For the teacher; the caller has checked that. */
  async members(id: string): Promise<Member[]> {
    const rows = await this.#db
      .selectFrom('class_members')
      .innerJoin('users', 'users.id', 'class_members.user_id')
      .select(['users.id', 'users.username', 'users.name', 'joined_at_ms'])
      .where('group_id', '=', id)
      .orderBy('users.username')
      .execute();
    return rows.map(({joined_at_ms, ...person}) => ({...person, joinedAtMs: joined_at_ms}));
  }

  async #add(id: string, userId: string): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      const {members} = await db
        .selectFrom('class_members')
        .select((eb) => eb.fn.countAll<number>().as('members'))
        .where('group_id', '=', id)
        .where('user_id', '!=', userId)
        .executeTakeFirstOrThrow();
      if (Number(members) >= MAX_MEMBERS) throw full(`the group has ${MAX_MEMBERS} members already`);
      await db
        .insertInto('class_members')
        .values({group_id: id, user_id: userId, joined_at_ms: Date.now()})
        .onConflict((conflict) => conflict.columns(['group_id', 'user_id']).doNothing())
        .execute();
    });
  }

  async #belongs({id, teacher_id}: GroupsTable, userId: string): Promise<boolean> {
    if (teacher_id === userId) return true;
    const row = await this.#db
      .selectFrom('class_members')
      .select('user_id')
      .where('group_id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row !== undefined;
  }

  #query() {
    return this.#db
      .selectFrom('class_groups')
      .innerJoin('users', 'users.id', 'class_groups.teacher_id')
      .selectAll('class_groups')
      .select(['users.username as teacher_username', 'users.name as teacher_name']);
  }
}

export function teachersOnly(): SandglassError {
  return new SandglassError('forbidden', 'Cannot serve the request: only the teacher of the group may.');
}

function toGroup(
  row: GroupsTable & {readonly teacher_username: string; readonly teacher_name: string},
  userId: string,
): Group {
  const role = row.teacher_id === userId ? 'teacher' : 'student';
  return {
    id: row.id,
    name: row.name,
    role,
    teacher: {id: row.teacher_id, username: row.teacher_username, name: row.teacher_name},
    joinCode: role === 'teacher' ? row.join_code : null,
  };
}

function checkGroupName(name: string): string {
  const trimmed = name.trim();
  const problem = nameProblem(trimmed);
  if (problem === null) return trimmed;
  const fields = [{path: '/name', message: problem}];
  throw new SandglassError('invalid-request', `Cannot keep the group: /name ${problem}.`, {fields});
}

function newCode(): string {
  return Array.from({length: CODE_LENGTH}, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
}

function full(reason: string): SandglassError {
  return new SandglassError('storage-full', `Cannot add another one: ${reason}, which is the bound.`);
}

function groupNotFound(id: string): SandglassError {
  return new SandglassError('not-found', `Cannot find group ${id}: it never was, or you are not in it.`);
}
