/** Docker's own, whatever the share. */
export const CPU_PERIOD_US = 100_000;

const NANO_CPUS_PER_US = 1e9 / CPU_PERIOD_US;

/** A share of processors, in the daemon's unit, as time in each period; rounded down, as the daemon does it. */
export function cpuQuotaUs(nanoCpus: number | undefined): number {
  return Math.floor((nanoCpus ?? 0) / NANO_CPUS_PER_US);
}
