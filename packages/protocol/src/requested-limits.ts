import type {FieldProblem} from './errors.ts';
import {
  LIMIT_NAMES,
  type LimitName,
  type Limits,
  MIN_LIMITS,
  TIME_LIMIT_NAMES,
  type TimeLimitName,
} from './limits.ts';
import type {RequestPolicy} from './request-policy.ts';

/** What a request says about one stage, its form already checked. */
export interface LimitsRequest {
  readonly field: 'limits' | 'compileLimits';
  readonly asked: Partial<Readonly<Record<LimitName, number | undefined>>>;
}

/** Limits as they will be enforced, and the two ways in which asking for them can be wrong. */
export interface LimitsAnswer {
  readonly limits: Limits;
  /** Limits of time that were not asked for. */
  readonly defaultTimes: readonly TimeLimitName[];
  /** Zero, negative or too small to start anything: the request is invalid. */
  readonly tooLow: readonly FieldProblem[];
  /** Understood, but more than the operator allows. */
  readonly tooHigh: readonly FieldProblem[];
}

/** Fills in the defaults of the stage and holds each limit against its minimum and the server's maximum. */
export function resolveLimits(request: LimitsRequest, policy: RequestPolicy): LimitsAnswer {
  const defaults = request.field === 'limits' ? policy.runLimits : policy.compileLimits;
  const limits: Record<LimitName, number> = {...defaults};
  const tooLow: FieldProblem[] = [];
  const tooHigh: FieldProblem[] = [];
  for (const name of LIMIT_NAMES) {
    const maximum = policy.maxLimits[name];
    const asked = request.asked[name];
    const path = `/${request.field}/${name}`;
    if (asked !== undefined && asked < MIN_LIMITS[name])
      tooLow.push({path, message: `is ${asked} but must be at least ${MIN_LIMITS[name]}`});
    if (asked !== undefined && asked > maximum)
      tooHigh.push({path, message: `is ${asked} but this server allows at most ${maximum}`});
    limits[name] = asked ?? Math.min(defaults[name], maximum);
  }
  const defaultTimes = TIME_LIMIT_NAMES.filter((name) => request.asked[name] === undefined);
  return {limits, defaultTimes, tooLow, tooHigh};
}
