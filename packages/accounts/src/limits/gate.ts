import {randomUUID} from 'node:crypto';
import {SandglassError} from '@sandglass/protocol';
import type {Allowance, Principal} from '../principal.ts';
import type {QuotaName, Usage, UsageBound} from '../usage/usage.ts';
import type {LimitStore, PlaceClaim, RateState} from './limit-store.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Longer than any run may take: a place is given back when the run ends, this is for processes that died. */
const PLACE_TTL_MS = 60 * MINUTE_MS;
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
  /** The runs were accepted: each place goes back when `ended` is called for its index. */
  keep(): void;
  /** A run has ended, or this process has given it up (then without use). Safe to call once for each index. */
  ended(index: number, used: {readonly cpuMs: number; readonly wallMs: number}): void;
}

/** What the `RateLimit` fields of an answer say (draft-ietf-httpapi-ratelimit-headers). */
export interface RateReport extends RateState {
  readonly limit: number;
}

/** Holds users and keys to their allowances: requests in a minute, runs at once, runs and CPU time in a day. */
export class Gate {
  readonly #parts: GateParts;

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

  /** Takes places and charges quotas for new runs. Null when nothing bounds them. Throws `rate-limited`, `quota-exceeded`. */
  async admit(principal: Principal, runs: number): Promise<Admission | null> {
    const subjects = this.#subjects(principal);
    if (subjects.length === 0) return null;
    const members = Array.from({length: runs}, () => randomUUID());
    const places = subjects.flatMap(({subject, allowance: {concurrentRuns: limit}}): PlaceClaim[] =>
      limit === undefined ? [] : [{key: `runs ${subject}`, limit}],
    );
    const full = await this.#parts.limits.take(places, members, PLACE_TTL_MS);
    const fullClaim = full === null ? undefined : places[full];
    if (fullClaim !== undefined) throw tooManyRuns(fullClaim, runs);
    const now = Date.now();
    const bounds = subjects.map(({subject, allowance}): UsageBound => {
      const {runsPerDay, cpuSecondsPerDay} = allowance;
      return {subject, runsPerDay, cpuSecondsPerDay};
    });
    const names = bounds.map(({subject}) => subject);
    const keys = places.map(({key}) => key);
    const giveBack = async () => {
      for (const member of members) await this.#parts.limits.giveBack(keys, member);
    };
    try {
      const reached = await this.#parts.usage.charge(bounds, runs, now);
      if (reached !== null) throw quotaReached(reached, now);
    } catch (error) {
      await giveBack();
      throw error;
    }
    let isKept = false;
    const {limits, usage, onFault} = this.#parts;
    return {
      keep: () => {
        isKept = true;
      },
      ended: (index, used) => {
        void limits.giveBack(keys, members[index] ?? '').catch(onFault);
        if (used.cpuMs + used.wallMs > 0) void usage.add(names, used, Date.now()).catch(onFault);
      },
      [Symbol.asyncDispose]: async () => {
        if (isKept) return;
        await giveBack();
        await usage.refund(names, runs, now);
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

function tooManyRuns({key, limit}: PlaceClaim, runs: number): SandglassError {
  const whose = key.startsWith('runs key:') ? 'this key' : 'this user';
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
