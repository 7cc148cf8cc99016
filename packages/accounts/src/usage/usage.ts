import type {Kysely} from 'kysely';
import type {AccountTables} from '../database/tables.ts';

/** Who is charged, and how much they may use in a day; absent is not bounded. */
export interface UsageBound {
  /** `user:<id>` or `key:<id>`. */
  readonly subject: string;
  readonly runsPerDay: number | undefined;
  readonly cpuSecondsPerDay: number | undefined;
}

export interface UsageDay {
  readonly day: string;
  readonly runs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
}

export type QuotaName = 'runsPerDay' | 'cpuSecondsPerDay';

/** What was used, by day (UTC). The database decides about quotas, so that they hold across processes. */
export class Usage {
  readonly #db: Kysely<AccountTables>;

  constructor(db: Kysely<AccountTables>) {
    this.#db = db;
  }

  /** Charges everybody for new runs, or nobody: then which quota of whom is used up. */
  async charge(
    bounds: readonly UsageBound[],
    runs: number,
    nowMs: number,
  ): Promise<{readonly subject: string; readonly quota: QuotaName} | null> {
    const day = dayOf(nowMs);
    try {
      await this.#db.transaction().execute(async (db) => {
        for (const bound of bounds) {
          await addTo(db, {subject: bound.subject, day, runs: 0, cpuMs: 0, wallMs: 0});
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
      });
      return null;
    } catch (error) {
      if (error instanceof QuotaReached) return {subject: error.subject, quota: error.quota};
      throw error;
    }
  }

  /** Takes a charge back for runs that were not accepted after all. */
  async refund(subjects: readonly string[], runs: number, nowMs: number): Promise<void> {
    for (const subject of subjects)
      await addTo(this.#db, {subject, day: dayOf(nowMs), runs: -runs, cpuMs: 0, wallMs: 0});
  }

  /** Adds what a finished run has used to the day on which it ended. */
  async add(
    subjects: readonly string[],
    used: {readonly cpuMs: number; readonly wallMs: number},
    nowMs: number,
  ): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      for (const subject of subjects) await addTo(db, {subject, day: dayOf(nowMs), runs: 0, ...used});
    });
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
}

/** As `2026-01-31`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
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
