import type {SandboxLimits} from '../driver.ts';

export function isSameLimits(first: SandboxLimits, second: SandboxLimits): boolean {
  return (
    first.memoryBytes === second.memoryBytes &&
    first.processes === second.processes &&
    first.cpuCount === second.cpuCount &&
    first.diskBytes === second.diskBytes &&
    first.pinnedCpu === second.pinnedCpu
  );
}
