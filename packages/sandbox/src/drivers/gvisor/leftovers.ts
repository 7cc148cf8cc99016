import {readdirSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {decodeIdentity, isCertainlyDead} from '../shared/worker-identity.ts';
import {type CgroupVersion, cgroupRoots, isRemoved} from './sandbox-cgroup.ts';

const REMOVED_WITHIN_MS = 5_000;
const POLL_MS = 10;

/** Removes what workers left that are certainly dead: their sandboxes' processes, cgroups and folders. Returns how many workers there were. */
export async function removeLeftovers(
  instances: string,
  cgroups: {readonly version: CgroupVersion; readonly parent: string} | null,
): Promise<number> {
  const roots = cgroups === null ? [] : cgroupRoots(cgroups.version, cgroups.parent);
  const named = new Set([instances, ...roots].flatMap(namesIn));
  const dead = [...named].filter((name) => {
    const identity = decodeIdentity(name);
    return identity !== null && isCertainlyDead(identity);
  });
  for (const name of dead) {
    for (const root of roots) await removeTree(join(root, name));
    await rm(join(instances, name), {recursive: true, force: true});
  }
  return dead.length;
}

/** A worker's cgroup with those of its sandboxes. What cannot be killed at once is left to the next start. */
async function removeTree(folder: string): Promise<void> {
  const giveUpAt = performance.now() + REMOVED_WITHIN_MS;
  const all = [...namesIn(folder).map((name) => join(folder, name)), folder];
  for (;;) {
    const left = all.filter((each) => !isRemoved(each));
    if (left.length === 0 || performance.now() > giveUpAt) return;
    await delay(POLL_MS);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map(({name}) => name);
  } catch {
    // Nothing was ever made there.
    return [];
  }
}
