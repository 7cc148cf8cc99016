import {randomBytes} from 'node:crypto';
import {uuidv7} from '@sandglass/accounts';
import {type AccountsDatabase, migrate} from '@sandglass/accounts/database';
import {SandglassError} from '@sandglass/protocol';
import {type Kysely, sql, type Transaction} from 'kysely';
import {friendlyName} from './friendly-name.ts';
import {
  checkProjectName,
  type LinkAccess,
  type Program,
  type ProgramSettings,
  type Project,
  type ProjectAccess,
  type ProjectFile,
  type ProjectSummary,
  readProgram,
  type Visibility,
} from './project.ts';
import {projectsMigration} from './tables/0001-projects.ts';
import {classroomMigration} from './tables/0002-classroom.ts';
import type {ProjectsTable, ProjectTables} from './tables/tables.ts';

export interface ProjectBounds {
  /** Projects of one user. */
  readonly maxCount: number;
  /** Files and settings of one project, in bytes. */
  readonly maxBytes: number;
}

/** Who wants to see or change a project. */
export interface Viewer {
  /** Null for somebody who is signed out. */
  readonly userId: string | null;
  /** From a shared address. */
  readonly linkToken: string | null;
}

export interface ListOptions {
  /** Part of the name, in any case. */
  readonly search: string;
  readonly sort: 'updated' | 'created' | 'name';
  readonly limit: number;
  readonly offset: number;
}

export interface Sharing {
  readonly visibility: Visibility;
  readonly linkAccess: LinkAccess;
}

export interface HistoryEntry {
  readonly runId: string;
  /** Under whose name the run is kept. */
  readonly runOwner: string;
  readonly startedBy: string;
  readonly revision: number;
  readonly createdAt: string;
}

const LINK_BYTES = 16;
/** Runs remembered with a project; the runs themselves are kept as long as any. */
const MAX_HISTORY = 200;

/** Projects over the database of accounts: what somebody may not see does not exist for him. */
export class Projects {
  readonly #db: Kysely<ProjectTables>;
  readonly #bounds: ProjectBounds;

  private constructor(db: Kysely<ProjectTables>, bounds: ProjectBounds) {
    this.#db = db;
    this.#bounds = bounds;
  }

  /** Brings the tables up to date. Throws `schema-too-new`, `store-failed`. */
  static async open(database: AccountsDatabase, bounds: ProjectBounds): Promise<Projects> {
    const migrations = () => ({
      '0001-projects': projectsMigration(database.types),
      '0002-classroom': classroomMigration(database.types),
    });
    await migrate(database.tables(), {name: 'projects', migrations, types: database.types});
    return new Projects(database.tables(), bounds);
  }

  /** Throws `invalid-request`, `storage-full`. */
  async create(
    ownerId: string,
    {
      name,
      program,
      forkedFrom = null,
    }: {name?: string | undefined; program: Program; forkedFrom?: string | null},
  ): Promise<Project> {
    const checkedName = checkProjectName(name ?? friendlyName());
    const {settings, files, bytes} = readProgram(program, this.#bounds.maxBytes);
    const now = Date.now();
    const row: ProjectsTable = {
      id: uuidv7(now),
      owner_id: ownerId,
      name: checkedName,
      language: settings.language,
      settings: JSON.stringify(settings),
      revision: 1,
      bytes,
      visibility: 'private',
      link_token: null,
      link_access: 'view',
      forked_from: forkedFrom,
      created_at_ms: now,
      updated_at_ms: now,
    };
    await this.#db.transaction().execute(async (db) => {
      const {projects} = await db
        .selectFrom('projects')
        .select((eb) => eb.fn.countAll<number>().as('projects'))
        .where('owner_id', '=', ownerId)
        .executeTakeFirstOrThrow();
      if (Number(projects) >= this.#bounds.maxCount)
        throw new SandglassError(
          'storage-full',
          `Cannot make the project: you have ${projects} already, which is the bound. Delete one first.`,
        );
      await db.insertInto('projects').values(row).execute();
      await insertFiles(db, row.id, files);
    });
    return toProject(row, files, 'owner');
  }

  /** Own projects. */
  async list(ownerId: string, {search, sort, limit, offset}: ListOptions): Promise<ProjectSummary[]> {
    let query = this.#db.selectFrom('projects').selectAll().where('owner_id', '=', ownerId);
    // "%", "_" and "\" mean themselves.
    const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    if (search !== '') query = query.where(sql<boolean>`lower(name) like ${pattern} escape '\\'`);
    query =
      sort === 'name'
        ? query.orderBy((eb) => eb.fn('lower', ['name'])).orderBy('id')
        : query.orderBy(sort === 'updated' ? 'updated_at_ms' : 'created_at_ms', 'desc').orderBy('id', 'desc');
    return (await query.limit(limit).offset(offset).execute()).map(toSummary);
  }

  /** Throws `not-found`, also for what the viewer may not see. */
  async get(id: string, viewer: Viewer): Promise<Project> {
    const {row, access} = await this.#find(this.#db, id, viewer);
    const files = await this.#db
      .selectFrom('project_files')
      .select(['path', 'content'])
      .where('project_id', '=', id)
      .orderBy('path')
      .execute();
    return toProject(row, files, access);
  }

  /**
   * Replaces name and program, if the project is still at this revision. Throws `changed-meanwhile`, `forbidden` for who may only look,
   * `not-found`, `invalid-request`, `storage-full`.
   */
  async save(
    id: string,
    viewer: Viewer,
    {name, program, revision}: {name: string; program: Program; revision: number},
  ): Promise<Project> {
    const checkedName = checkProjectName(name);
    const {settings, files, bytes} = readProgram(program, this.#bounds.maxBytes);
    return await this.#db.transaction().execute(async (db) => {
      const {row, access} = await this.#find(db, id, viewer);
      if (access === 'view') throw mayOnlyLook();
      const change = {
        name: checkedName,
        language: settings.language,
        settings: JSON.stringify(settings),
        bytes,
        revision: revision + 1,
        updated_at_ms: Date.now(),
      };
      const {numUpdatedRows} = await db
        .updateTable('projects')
        .set(change)
        .where('id', '=', id)
        .where('revision', '=', revision)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n)
        throw new SandglassError(
          'changed-meanwhile',
          `Cannot save the project: it is at revision ${row.revision} but the change is based on ${revision}. Read it again and join the changes.`,
        );
      await db.deleteFrom('project_files').where('project_id', '=', id).execute();
      await insertFiles(db, id, files);
      return toProject({...row, ...change}, files, access);
    });
  }

  /** Deletes it with its history; runs stay until their retention ends. Throws `not-found`, `forbidden` for who is not the owner. */
  async delete(id: string, viewer: Viewer): Promise<void> {
    await this.#owned(id, viewer);
    await this.#db.deleteFrom('projects').where('id', '=', id).execute();
  }

  /** A copy of the viewer's own, which has nothing to do with the first one from then on. */
  async fork(id: string, viewer: Viewer, ownerId: string): Promise<Project> {
    const {name, settings, files} = await this.get(id, viewer);
    const program = {
      ...settings,
      files: files.map(({path, content}) => ({path, contentBase64: Buffer.from(content).toString('base64')})),
    };
    return await this.create(ownerId, {name, program, forkedFrom: id});
  }

  async sharing(id: string, viewer: Viewer): Promise<Sharing & {readonly linkToken: string | null}> {
    const row = await this.#owned(id, viewer);
    return {visibility: row.visibility, linkAccess: row.link_access, linkToken: row.link_token};
  }

  /** Changes who sees it. A link that was given out is worth nothing once the project is not shared by link any more. */
  async share(id: string, viewer: Viewer, {visibility, linkAccess}: Sharing) {
    const row = await this.#owned(id, viewer);
    const linkToken =
      visibility === 'link' ? (row.link_token ?? randomBytes(LINK_BYTES).toString('base64url')) : null;
    await this.#db
      .updateTable('projects')
      .set({visibility, link_access: linkAccess, link_token: linkToken})
      .where('id', '=', id)
      .execute();
    return {visibility, linkAccess, linkToken};
  }

  /** Remembers a run of the project. Throws `not-found`, `forbidden` for who may only look. */
  async addRun(
    id: string,
    viewer: Viewer,
    run: {runId: string; runOwner: string; startedBy: string},
  ): Promise<void> {
    const {row, access} = await this.#find(this.#db, id, viewer);
    if (access === 'view') throw mayOnlyLook();
    await this.#db
      .insertInto('project_runs')
      .values({
        run_id: run.runId,
        project_id: id,
        run_owner: run.runOwner,
        started_by: run.startedBy,
        revision: row.revision,
        created_at_ms: Date.now(),
      })
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .execute();
    const oldest = await this.#db
      .selectFrom('project_runs')
      .select('run_id')
      .where('project_id', '=', id)
      .orderBy('run_id', 'desc')
      .offset(MAX_HISTORY)
      .limit(1)
      .executeTakeFirst();
    if (oldest !== undefined)
      await this.#db
        .deleteFrom('project_runs')
        .where('project_id', '=', id)
        .where('run_id', '<=', oldest.run_id)
        .execute();
  }

  /** Newest first. What programs printed is for those who may change the project. Throws `not-found`, `forbidden`. */
  async history(id: string, viewer: Viewer, limit: number): Promise<HistoryEntry[]> {
    const {access} = await this.#find(this.#db, id, viewer);
    if (access === 'view') throw mayOnlyLook();
    const rows = await this.#db
      .selectFrom('project_runs')
      .selectAll()
      .where('project_id', '=', id)
      .orderBy('run_id', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      runId: row.run_id,
      runOwner: row.run_owner,
      startedBy: row.started_by,
      revision: row.revision,
      createdAt: new Date(row.created_at_ms).toISOString(),
    }));
  }

  async #owned(id: string, viewer: Viewer): Promise<ProjectsTable> {
    const {row, access} = await this.#find(this.#db, id, viewer);
    if (access !== 'owner')
      throw new SandglassError(
        'forbidden',
        'Cannot change the project: only its owner may delete or share it.',
      );
    return row;
  }

  async #find(
    db: Kysely<ProjectTables>,
    id: string,
    viewer: Viewer,
  ): Promise<{row: ProjectsTable; access: ProjectAccess}> {
    const row = await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst();
    const access = row === undefined ? null : accessOf(row, viewer);
    if (row === undefined || access === null)
      throw new SandglassError(
        'not-found',
        `Cannot find project ${id}: it never existed, was deleted, or is not shared with you.`,
      );
    return {row, access};
  }
}

function accessOf(row: ProjectsTable, {userId, linkToken}: Viewer): ProjectAccess | null {
  if (userId !== null && row.owner_id === userId) return 'owner';
  switch (row.visibility) {
    case 'private':
      return null;
    case 'public':
      return 'view';
    case 'link':
      if (linkToken === null || linkToken !== row.link_token) return null;
      // Changes have an author.
      return userId === null ? 'view' : row.link_access;
    default:
      return row.visibility satisfies never;
  }
}

async function insertFiles(
  db: Transaction<ProjectTables>,
  id: string,
  files: readonly ProjectFile[],
): Promise<void> {
  // A statement takes a bounded number of parameters.
  for (let start = 0; start < files.length; start += 500) {
    const rows = files
      .slice(start, start + 500)
      .map(({path, content}) => ({project_id: id, path, content: Buffer.from(content)}));
    await db.insertInto('project_files').values(rows).execute();
  }
}

function toSummary(row: ProjectsTable): ProjectSummary {
  const {id, name, language, visibility, revision, bytes} = row;
  const createdAt = new Date(row.created_at_ms).toISOString();
  return {
    id,
    name,
    language,
    visibility,
    revision,
    bytes,
    createdAt,
    updatedAt: new Date(row.updated_at_ms).toISOString(),
  };
}

function toProject(row: ProjectsTable, files: readonly ProjectFile[], access: ProjectAccess): Project {
  return {
    ...toSummary(row),
    ownerId: row.owner_id,
    access,
    // Written by this class only.
    settings: JSON.parse(row.settings) as ProgramSettings,
    files,
    forkedFrom: row.forked_from,
  };
}

function mayOnlyLook(): SandglassError {
  return new SandglassError(
    'forbidden',
    'Cannot change the project: it is shared with you to look at. Fork it to have one of your own.',
  );
}
