/**
 * Threads that a runtime should use for a share of cores: it cannot see the cgroup's bound from inside and would start one for
 * each core of the host, which then wait for each other's time slices.
 */
export function cpuThreads(cpuCount: number): number {
  return Math.max(1, Math.ceil(cpuCount));
}
