import type {DriverName} from '@sandglass/protocol';

/** Which isolation levels an operator lets runs have. */
export interface IsolationPolicy {
  /** What a run gets that names none; `auto`, the default, is the strongest allowed level that this host can do. */
  readonly default?: 'auto' | DriverName;
  /** Levels that runs may have; default: `linux` only, or those of the given drivers. */
  readonly allowed?: readonly DriverName[];
}
