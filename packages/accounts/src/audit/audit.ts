import type {Kysely} from 'kysely';
import type {AccountTables} from '../database/tables.ts';
import {OrderedIds} from '../ordered-ids.ts';

/** Something that somebody did. */
export interface AuditEntry {
  readonly actor: {readonly id: string | null; readonly name: string};
  /** Such as `sign-in`, `project.share`, `run.start`. */
  readonly action: string;
  /** What it was done to; empty when that is the actor. */
  readonly target: string;
  /** The client's network address. */
  readonly address: string;
  /** A few short values; never contents, passwords or keys. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface AuditFilter {
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  /** Id of the last entry of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Entries are written together this often, so that a flood of runs is one commit. */
const FLUSH_MS = 200;
/** Past this many waiting entries the next one waits for the disk. */
const MAX_WAITING = 5_000;
const SWEEP_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Who did what, when, from where. Entries are on the disk a fifth of a second later at most. */
export class Audit implements AsyncDisposable {
  readonly #db: Kysely<AccountTables>;
  readonly #onFault: (error: unknown) => void;
  readonly #sweeper: NodeJS.Timeout;
  readonly #ids = new OrderedIds();
  #waiting: (AuditEntry & {readonly id: string; readonly atMs: number})[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    db: Kysely<AccountTables>,
    {retentionDays, onFault}: {readonly retentionDays: number; readonly onFault: (error: unknown) => void},
  ) {
    this.#db = db;
    this.#onFault = onFault;
    const sweep = () => void this.deleteBefore(Date.now() - retentionDays * DAY_MS).catch(onFault);
    this.#sweeper = setInterval(sweep, SWEEP_MS).unref();
    sweep();
  }

  record(entry: AuditEntry): void {
    const atMs = Date.now();
    this.#waiting.push({...entry, id: this.#ids.next(atMs), atMs});
    if (this.#waiting.length >= MAX_WAITING) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Resolves when everything recorded before is on the disk. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const entries = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#write(entries)).catch(this.#onFault);
    await this.#writing;
  }

  /** Newest first. */
  async list({actorId, action, before, limit}: AuditFilter): Promise<AuditRecord[]> {
    await this.flush();
    let query = this.#db.selectFrom('audit_events').selectAll().orderBy('id', 'desc').limit(limit);
    if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
    if (action !== undefined) query = query.where('action', '=', action);
    if (before !== undefined) query = query.where('id', '<', before);
    return (await query.execute()).map((row) => ({
      id: row.id,
      at: new Date(row.at_ms).toISOString(),
      actor: {id: row.actor_id, name: row.actor_name},
      action: row.action,
      target: row.target,
      address: row.address,
      // Written by this class only.
      facts: JSON.parse(row.facts) as AuditRecord['facts'],
    }));
  }

  async deleteBefore(timeMs: number): Promise<void> {
    await this.#db.deleteFrom('audit_events').where('at_ms', '<', timeMs).execute();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeper);
    await this.flush();
  }

  async #write(
    entries: readonly (AuditEntry & {readonly id: string; readonly atMs: number})[],
  ): Promise<void> {
    const rows = entries.map(({id, atMs, actor, action, target, address, facts = {}}) => ({
      id,
      at_ms: atMs,
      actor_id: actor.id,
      actor_name: actor.name,
      action,
      target,
      address,
      facts: JSON.stringify(facts),
    }));
    // SQLite takes 32 766 parameters in one statement.
    for (let start = 0; start < rows.length; start += 1000)
      await this.#db
        .insertInto('audit_events')
        .values(rows.slice(start, start + 1000))
        .execute();
  }
}
