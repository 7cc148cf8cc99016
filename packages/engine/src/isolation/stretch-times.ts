import type {Limits, RunSpec, TimeLimitName} from '@sandglass/protocol';

/** How much slower a level is, and what its operator allows at most. */
export interface Stretch {
  /** See `Driver.timeFactor`. */
  readonly timeFactor: number;
  readonly maxLimits: Limits;
}

/**
 * The run as it is executed at a level: limits of time that the request left to us are as many times longer as programs take there, at most
 * what the operator allows. What the request names stays as it is.
 */
export function stretchTimes(spec: RunSpec, stretch: Stretch): RunSpec {
  const {defaultTimes, judging} = spec;
  if (stretch.timeFactor <= 1 || defaultTimes === undefined) return spec;
  const limits = stretched(spec.limits, defaultTimes.limits, stretch);
  return {
    ...spec,
    limits,
    compileLimits: stretched(spec.compileLimits, defaultTimes.compileLimits, stretch),
    judging: judging && {
      ...judging,
      tests: judging.tests.map((test) => ({
        ...test,
        limits: stretched(test.limits, inherited(test.limits, spec), stretch),
      })),
    },
  };
}

/** A test that says nothing has the limits of its run. */
function inherited(limits: Limits, {defaultTimes, limits: ofRun}: RunSpec): readonly TimeLimitName[] {
  return (defaultTimes?.limits ?? []).filter((name) => limits[name] === ofRun[name]);
}

function stretched(
  limits: Limits,
  names: readonly TimeLimitName[],
  {timeFactor, maxLimits}: Stretch,
): Limits {
  const times = names.map((name) => [name, Math.min(limits[name] * timeFactor, maxLimits[name])]);
  return {...limits, ...Object.fromEntries(times)};
}
