import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

/** What the sandboxes of this test process could leave behind; those of other workers on the machine are not looked at. */
export interface HostState {
  readonly processes: number;
  readonly cgroups: number;
}

const CGROUP_ROOT = '/sys/fs/cgroup';
/** Launchers are named after the worker that started them. */
const OWN_INSTANCE = new RegExp(`/w${process.pid}-[^/]+/sb-\\d+$`);
const MAX_DEPTH = 6;
const SETTLE_STEP_MS = 50;
const SETTLE_STEPS = 100;

export const hostState = {
  read: (): HostState => ({processes: countProcesses(), cgroups: countCgroups(CGROUP_ROOT, 0)}),

  /** Waits (bounded) until the host is as expected; destroying is asynchronous by design. Returns the last reading. */
  async settled(expected: HostState): Promise<HostState> {
    let state = hostState.read();
    for (let step = 0; step < SETTLE_STEPS; step++) {
      if (state.processes <= expected.processes && state.cgroups <= expected.cgroups) break;
      await sleep(SETTLE_STEP_MS);
      state = hostState.read();
    }
    return state;
  },
};

function countProcesses(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => cgroupsOf(pid).some((path) => OWN_INSTANCE.test(path))).length;
}

function cgroupsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  } catch {
    return []; // It ended while we looked.
  }
}

function countCgroups(directory: string, depth: number): number {
  if (depth > MAX_DEPTH) return 0;
  return readDirectories(directory)
    .map((name) => `${directory}/${name}`)
    .map((path) => (OWN_INSTANCE.test(path) ? 1 : countCgroups(path, depth + 1)))
    .reduce((sum, count) => sum + count, 0);
}

function readDirectories(directory: string): readonly string[] {
  try {
    return readdirSync(directory, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return []; // Removed while we looked.
  }
}
