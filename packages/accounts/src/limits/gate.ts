import {randomUUID} from 'node:crypto';
import {SandglassError} from '@sandglass/protocol';
import type {Allowance, Principal} from '../principal.ts';
import type {QuotaName, Usage, UsageBound} from '../usage/usage.ts';
import type {LimitStore, RateState} from './limit-store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Guesses at one user's password from one address, and from everywhere, in a minute; and of one address at all. */
const SIGN_IN_LIMITS = {pair: 10, user: 60, address: 100} as const;
const SIGN_UPS_PER_MINUTE = 60;

export interface GateParts {
  readonly limits: LimitStore;
  readonly usage: Usage;
  readonly defaultAllowance: Allowance;
  readonly onFault: (error: unknown) => void;
}

/** Places and charges for runs that are about to be accepted. Disposing gives back what was not kept. */
export interface Admission extends AsyncDisposable {
  /** The runs were accepted under these ids, in order: each place goes back when its run is settled, by this process or another. */
  keep(runIds: readonly string[]): void;
  /** A run has ended. */
  ended(index: number, used: {readonly cpuMs: number; readonly wallMs: number}): void;
}

/** What the `RateLimit` fields of an answer say (draft-ietf-httpapi-ratelimit-headers). */
export interface RateReport extends RateState {
  readonly limit: number;
}

/** Holds users and keys to their allowances: requests in a minute, runs at once, runs and CPU time in a day. */
export class Gate {
  readonly #parts: GateParts;
  /** Ends of runs that are being written down. */
  readonly #settling = new Set<Promise<void>>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Counts a request. Null when nothing bounds it; the scarcest bound is reported. Throws `rate-limited`. */
  async request(principal: Principal): Promise<RateReport | null> {
    let scarcest: RateReport | null = null;
    for (const {subject, allowance} of this.#subjects(principal)) {
      const limit = allowance.requestsPerMinute;
      if (limit === undefined) continue;
      const state = await this.#parts.limits.count({key: `requests ${subject}`, limit, windowMs: MINUTE_MS});
      if (scarcest === null || state.remaining < scarcest.remaining) scarcest = {...state, limit};
      if (!state.isWithin) return {...state, limit};
    }
    return scarcest;
  }

  /**
   * Takes places and charges quotas for new runs, which will be kept under `runOwner`. Null when nothing bounds them. Throws `rate-limited`,
   * `quota-exceeded`.
   */
  async admit(
    principal: Principal,
    {runs, runOwner}: {readonly runs: number; readonly runOwner: string},
  ): Promise<Admission | null> {
    const subjects = this.#subjects(principal);
    if (subjects.length === 0) return null;
    const {usage, onFault} = this.#parts;
    const ids = Array.from({length: runs}, () => randomUUID());
    const now = Date.now();
    const bounds = subjects.map(({subject, allowance}): UsageBound => {
      const {concurrentRuns, runsPerDay, cpuSecondsPerDay} = allowance;
      return {subject, concurrentRuns, runsPerDay, cpuSecondsPerDay};
    });
    let reached = await usage.charge(bounds, {ids, runOwner}, now);
    if (reached?.quota === 'concurrentRuns' && this.#settling.size > 0) {
      // Whoever was told of an end and goes on at once must not come too early for his own place.
      await Promise.all(this.#settling);
      reached = await usage.charge(bounds, {ids, runOwner}, now);
    }
    if (reached !== null) throw refusalOf(reached, {runs, bounds, now});
    let isKept = false;
    // What this process knows of its runs is written in its order, so that an end never comes before its beginning.
    let writing = Promise.resolve();
    const write = (work: () => Promise<unknown>) => {
      writing = writing.then(work).then(() => undefined, onFault);
    };
    return {
      keep: (runIds) => {
        isKept = true;
        write(() => usage.attach(ids.map((id, index) => ({id, runId: runIds[index] ?? ''}))));
      },
      ended: (index, used) => {
        write(() => usage.settle(ids[index] ?? '', used, Date.now()));
        const settled = writing;
        this.#settling.add(settled);
        void settled.then(() => this.#settling.delete(settled));
      },
      [Symbol.asyncDispose]: async () => {
        if (!isKept) await usage.refund(ids, now);
      },
    };
  }

  /** Counts an attempt to sign in, before anything is looked up. Throws `rate-limited`. */
  async signIn(user: string, address: string): Promise<void> {
    const {pair, user: everywhere, address: from} = SIGN_IN_LIMITS;
    await this.#count(`sign-in from ${address}`, from);
    await this.#count(`sign-in of ${user.toLowerCase().slice(0, 200)} from ${address}`, pair);
    await this.#count(`sign-in of ${user.toLowerCase().slice(0, 200)}`, everywhere);
  }

  /** Counts an attempt to sign up or to use a reset link. Throws `rate-limited`. */
  async signUp(address: string): Promise<void> {
    await this.#count(`sign-up from ${address}`, SIGN_UPS_PER_MINUTE);
  }

  async #count(key: string, limit: number): Promise<void> {
    const {isWithin, resetMs} = await this.#parts.limits.count({key, limit, windowMs: MINUTE_MS});
    if (!isWithin)
      throw new SandglassError(
        'rate-limited',
        `Cannot try again now: more than ${limit} attempts in a minute. Wait a moment.`,
        {
          retryAfterSeconds: resetMs / 1000,
        },
      );
  }

  #subjects(principal: Principal): {subject: string; allowance: Allowance}[] {
    switch (principal.kind) {
      case 'local':
      case 'nobody':
        return [];
      case 'visitor':
        return [{subject: `visitor:${principal.visitorId}`, allowance: this.#parts.defaultAllowance}];
      case 'user':
      case 'key': {
        const {user} = principal;
        const own = {subject: `user:${user.id}`, allowance: user.allowance ?? this.#parts.defaultAllowance};
        return principal.kind === 'user'
          ? [own]
          : [{subject: `key:${principal.keyId}`, allowance: principal.allowance}, own];
      }
      default:
        return principal satisfies never;
    }
  }
}

function refusalOf(
  reached: {readonly subject: string; readonly quota: QuotaName},
  {runs, bounds, now}: {readonly runs: number; readonly bounds: readonly UsageBound[]; readonly now: number},
): SandglassError {
  if (reached.quota !== 'concurrentRuns') return quotaReached(reached, now);
  const whose = reached.subject.startsWith('key:') ? 'this key' : 'this user';
  const limit = bounds.find(({subject}) => subject === reached.subject)?.concurrentRuns;
  return new SandglassError(
    'rate-limited',
    `Cannot accept ${runs === 1 ? 'the run' : `${runs} runs`}: ${whose} may have ${limit} runs at once. Wait until one has finished.`,
    {retryAfterSeconds: 1},
  );
}

function quotaReached(
  {subject, quota}: {readonly subject: string; readonly quota: QuotaName},
  nowMs: number,
): SandglassError {
  const whose = subject.startsWith('key:') ? 'this key' : 'this user';
  const what = quota === 'runsPerDay' ? 'runs' : 'CPU seconds';
  return new SandglassError(
    'quota-exceeded',
    `Cannot accept the run: ${whose} has used up its ${what} of today. They begin anew at midnight UTC.`,
    {retryAfterSeconds: (DAY_MS - (nowMs % DAY_MS)) / 1000},
  );
}
