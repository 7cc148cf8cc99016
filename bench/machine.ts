import {cpus, loadavg, release, totalmem} from 'node:os';

/** What figures depend on besides the programs. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Processes that ran or waited to, on average over the minute before. Above a tenth of the cores the figures are not to be trusted. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const all = cpus();
  const [load = 0] = loadavg();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    loadBefore: load,
  };
}

export function machineLine({cpu, cores, memoryBytes, kernel, node, loadBefore}: Machine): string {
  const gib = (memoryBytes / 1024 ** 3).toFixed(0);
  return `${cpu}, ${cores} cores, ${gib} GiB, Linux ${kernel}, Node ${node}, load ${loadBefore.toFixed(2)} before`;
}

const QUIET_LOAD_PER_CORE = 0.1;

export function isQuiet({loadBefore, cores}: Machine): boolean {
  return loadBefore <= QUIET_LOAD_PER_CORE * cores;
}
