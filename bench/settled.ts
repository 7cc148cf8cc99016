import {setTimeout as delay} from 'node:timers/promises';
import {treeCpuMs} from './machine-cpu.ts';

const LOOK_EVERY_MS = 500;
/** Timers and heartbeats of a server that has nothing to do; a compiler takes ten times as much. */
const IDLE_CPU_MS = 50;
const QUIET_LOOKS = 3;
const PATIENCE_MS = 180_000;

/**
 * Waits until a process and all below it have had nothing to do for a while: a server that has just started still makes sandboxes and prepares
 * headers, which is not what its first runs cost. Throws when it does not come to rest.
 */
export async function settled(pid: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let quiet = 0;
  let before = await treeCpuMs(pid);
  while (quiet < QUIET_LOOKS) {
    if (performance.now() > deadline)
      throw new Error(
        `The server had not come to rest within ${PATIENCE_MS} ms of its start; look at what it does.`,
      );
    await delay(LOOK_EVERY_MS);
    const now = await treeCpuMs(pid);
    quiet = isAtRest(before, now) ? quiet + 1 : 0;
    before = now;
  }
}

/** Nobody came, nobody left, and hardly any time went by on a processor. */
function isAtRest(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): boolean {
  if (before.size !== now.size || ![...now.keys()].every((pid) => before.has(pid))) return false;
  const used = [...now].reduce((sum, [pid, cpuMs]) => sum + cpuMs - (before.get(pid) ?? 0), 0);
  return used <= IDLE_CPU_MS;
}
