import type {PoolOptions} from '../../pool/pool-options.ts';

/**
 * How a pool of machines is kept: each takes some 25 MB while it is parked, and making one is a tenth of a second's work for a processor, so
 * there are fewer in stock and fewer in the making than of the linux driver's sandboxes.
 */
export const MICROVM_POOL = {
  floor: 10,
  ceiling: 16,
  maxSandboxes: 64,
  parallelCreations: 2,
} as const satisfies Partial<PoolOptions>;
