import {DEFAULT_COMPILE_LIMITS, DEFAULT_MAX_LIMITS, DEFAULT_RUN_LIMITS, type Limits} from './limits.ts';

/** What the operator decides about requests. */
export interface RequestPolicy {
  /** Limits of the run stage where the request names none. */
  readonly runLimits: Limits;
  /** Limits of the compile stage where the request names none. */
  readonly compileLimits: Limits;
  /** The most that a request may ask for, in either stage. Defaults above it are lowered to it. */
  readonly maxLimits: Limits;
  /** Sources and standard input of one run together, in bytes. */
  readonly maxContentBytes: number;
}

export const DEFAULT_REQUEST_POLICY: RequestPolicy = {
  runLimits: DEFAULT_RUN_LIMITS,
  compileLimits: DEFAULT_COMPILE_LIMITS,
  maxLimits: DEFAULT_MAX_LIMITS,
  maxContentBytes: 32 * 1024 * 1024,
};
