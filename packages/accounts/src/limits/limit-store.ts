/** A bound on how often something happens in a window of time. Windows begin at multiples of their length since 1970. */
export interface RateClaim {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** What is left after a claim was counted. */
export interface RateState {
  readonly isWithin: boolean;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/**
 * Counts for limits. One process counts in memory; several count together in Redis. Adapters keep the contract of
 * `test/contract/limit-store-contract.ts`.
 */
export interface LimitStore extends AsyncDisposable {
  /** Counts one more. */
  count(claim: RateClaim): Promise<RateState>;
}
