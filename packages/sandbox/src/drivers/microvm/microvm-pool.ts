import type {PoolOptions} from '../../pool/pool-options.ts';

const READY_MACHINES = 10;

/**
 * How a pool of machines is kept: each takes some 25 MB while it is parked, and making one is a tenth of a second's work for a processor, so
 * their number stands still where the linux driver's sandboxes follow the demand.
 *
 * @param readyMachines of each kind; default 10.
 */
export function microvmPool(
  readyMachines = READY_MACHINES,
): Pick<PoolOptions, 'floor' | 'ceiling' | 'parallelCreations'> {
  return {floor: readyMachines, ceiling: readyMachines, parallelCreations: 2};
}
