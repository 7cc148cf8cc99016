import type {Kysely} from 'kysely';
import type {AccountTables} from '../database/tables.ts';

/** Who is charged, and how much they may have at once and use in a day; absent is not bounded. */
export interface UsageBound {
  /** `user:<id>` or `key:<id>`. */
  readonly subject: string;
  readonly concurrentRuns: number | undefined;
  readonly runsPerDay: number | undefined;
  readonly cpuSecondsPerDay: number | undefined;
}

export interface UsageDay {
  readonly day: string;
  readonly runs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

export type QuotaName = 'concurrentRuns' | 'runsPerDay' | 'cpuSecondsPerDay';

/** A run that is charged for and has not been settled. */
export interface OpenRun {
  readonly id: string;
  /** Null when its process died before it was accepted, or a moment before that is known. */
  readonly runId: string | null;
  readonly runOwner: string;
  readonly openedAtMs: number;
}

/**
 * What was used, by day (UTC), and which runs are open. The database decides about bounds, so that they hold across processes, and whoever
 * brings a run to its end settles it: once, however many see it end.
 */
export class Usage {
  readonly #db: Kysely<AccountTables>;

  constructor(db: Kysely<AccountTables>) {
    this.#db = db;
  }

  /** Opens runs with these ids and charges everybody for them, or nobody: then which bound of whom is reached. */
  async charge(
    bounds: readonly UsageBound[],
    {ids, runOwner}: {readonly ids: readonly string[]; readonly runOwner: string},
    nowMs: number,
  ): Promise<{readonly subject: string; readonly quota: QuotaName} | null> {
    const day = dayOf(nowMs);
    const runs = ids.length;
    try {
      await this.#db.transaction().execute(async (db) => {
        for (const bound of bounds) {
          // Locks the subject's row: whoever else is charged for it waits, and then sees these runs open.
          await addTo(db, {subject: bound.subject, day, runs: 0, cpuMs: 0, wallMs: 0});
          const {concurrentRuns} = bound;
          if (concurrentRuns !== undefined && (await openOf(db, bound.subject)) + runs > concurrentRuns)
            throw new QuotaReached(bound.subject, 'concurrentRuns');
          let charge = db
            .updateTable('usage_days')
            .set((eb) => ({runs: eb('runs', '+', runs)}))
            .where('subject', '=', bound.subject)
            .where('day', '=', day);
          const {runsPerDay, cpuSecondsPerDay} = bound;
          if (runsPerDay !== undefined) charge = charge.where('runs', '<=', runsPerDay - runs);
          if (cpuSecondsPerDay !== undefined) charge = charge.where('cpu_ms', '<', cpuSecondsPerDay * 1000);
          const {numUpdatedRows} = await charge.executeTakeFirst();
          if (numUpdatedRows === 1n) continue;
          const used = await db
            .selectFrom('usage_days')
            .select('runs')
            .where('subject', '=', bound.subject)
            .where('day', '=', day)
            .executeTakeFirst();
          const isRuns = runsPerDay !== undefined && (used?.runs ?? 0) + runs > runsPerDay;
          throw new QuotaReached(bound.subject, isRuns ? 'runsPerDay' : 'cpuSecondsPerDay');
        }
        await open(db, bounds, {ids, runOwner, nowMs});
      });
      return null;
    } catch (error) {
      if (error instanceof QuotaReached) return {subject: error.subject, quota: error.quota};
      throw error;
    }
  }

  /** The runs of an admission were accepted under these ids. */
  async attach(runs: readonly {readonly id: string; readonly runId: string}[]): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      for (const {id, runId} of runs)
        await db.updateTable('open_runs').set({run_id: runId}).where('id', '=', id).execute();
    });
  }

  /** Takes a charge back for runs that were not accepted after all. */
  async refund(ids: readonly string[], nowMs: number): Promise<void> {
    const none = {runs: -1, cpuMs: 0, wallMs: 0};
    for (const id of ids) await this.#close(id, none, nowMs);
  }

  /** Ends an open run and adds what it has used to the day on which it ended. False when somebody else has done so. */
  async settle(
    id: string,
    used: {readonly cpuMs: number; readonly wallMs: number},
    nowMs: number,
  ): Promise<boolean> {
    return await this.#close(id, {runs: 0, ...used}, nowMs);
  }

  /** Open runs, oldest first, after another one. */
  async open({after, limit}: {readonly after: OpenRun | null; readonly limit: number}): Promise<OpenRun[]> {
    let query = this.#db
      .selectFrom('open_runs')
      .selectAll()
      .orderBy('opened_at_ms')
      .orderBy('id')
      .limit(limit);
    if (after !== null)
      query = query.where((eb) =>
        eb(eb.refTuple('opened_at_ms', 'id'), '>', eb.tuple(after.openedAtMs, after.id)),
      );
    return (await query.execute()).map(({id, run_id, run_owner, opened_at_ms}) => ({
      id,
      runId: run_id,
      runOwner: run_owner,
      openedAtMs: opened_at_ms,
    }));
  }

  /** Days with use, oldest first. */
  async days(subject: string, since: string): Promise<UsageDay[]> {
    const rows = await this.#db
      .selectFrom('usage_days')
      .selectAll()
      .where('subject', '=', subject)
      .where('day', '>=', since)
      .orderBy('day')
      .execute();
    return rows.map(({day, runs, cpu_ms, wall_ms}) => ({day, runs, cpuMs: cpu_ms, wallMs: wall_ms}));
  }

  async #close(
    id: string,
    used: {readonly runs: number; readonly cpuMs: number; readonly wallMs: number},
    nowMs: number,
  ): Promise<boolean> {
    return await this.#db.transaction().execute(async (db) => {
      const {numDeletedRows} = await db.deleteFrom('open_runs').where('id', '=', id).executeTakeFirst();
      if (numDeletedRows !== 1n) return false;
      const places = await db
        .deleteFrom('open_run_subjects')
        .where('id', '=', id)
        .returning('subject')
        .execute();
      // In one order everywhere, so that no two wait for each other: keys before users, as they are charged.
      for (const subject of places.map((place) => place.subject).sort())
        await addTo(db, {subject, day: dayOf(nowMs), ...used});
      return true;
    });
  }
}

/** As `2026-01-31`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

async function openOf(db: Kysely<AccountTables>, subject: string): Promise<number> {
  const {runs} = await db
    .selectFrom('open_run_subjects')
    .select((eb) => eb.fn.countAll<number>().as('runs'))
    .where('subject', '=', subject)
    .executeTakeFirstOrThrow();
  return Number(runs);
}

async function open(
  db: Kysely<AccountTables>,
  bounds: readonly UsageBound[],
  {
    ids,
    runOwner,
    nowMs,
  }: {readonly ids: readonly string[]; readonly runOwner: string; readonly nowMs: number},
): Promise<void> {
  // A statement takes a bounded number of parameters.
  for (let start = 0; start < ids.length; start += 500) {
    const some = ids.slice(start, start + 500);
    const rows = some.map((id) => ({id, run_id: null, run_owner: runOwner, opened_at_ms: nowMs}));
    await db.insertInto('open_runs').values(rows).execute();
    const places = bounds.flatMap(({subject}) => some.map((id) => ({subject, id})));
    await db.insertInto('open_run_subjects').values(places).execute();
  }
}

/** Undoes the transaction in which it is thrown. */
class QuotaReached extends Error {
  readonly subject: string;
  readonly quota: QuotaName;

  constructor(subject: string, quota: QuotaName) {
    super(`${quota} of ${subject}`);
    this.subject = subject;
    this.quota = quota;
  }
}

async function addTo(
  db: Kysely<AccountTables>,
  {subject, day, runs, cpuMs, wallMs}: UsageDay & {readonly subject: string},
): Promise<void> {
  const row = {subject, day, runs: Math.max(0, runs), cpu_ms: Math.round(cpuMs), wall_ms: Math.round(wallMs)};
  await db
    .insertInto('usage_days')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['subject', 'day']).doUpdateSet((eb) => ({
        runs: eb('usage_days.runs', '+', runs),
        cpu_ms: eb('usage_days.cpu_ms', '+', row.cpu_ms),
        wall_ms: eb('usage_days.wall_ms', '+', row.wall_ms),
      })),
    )
    .execute();
}
