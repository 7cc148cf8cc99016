import {readdirSync, readlinkSync, statSync} from 'node:fs';
import {rmdir} from 'node:fs/promises';
import {basename} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {SandglassError} from '@sandglass/protocol';
import {findFoldersNamed, readOrEmpty} from './cgroup-folders.ts';

/**
 * A daemon that is killed while it starts a container can leave processes of which no later daemon knows: containerd's shim, which waits for
 * orders, and the container's first process, started or about to be; or no process but the container's cgroup. They are found by the
 * container's id, which is long, random and the daemon's choice, in places that the kernel answers for:
 *
 * - the name of a cgroup: only who may make cgroups puts processes there;
 * - the command line of a shim, a program of that name which runs as root or as this process's user, and what are its children.
 *
 * So a program can at most get itself killed this way. Nothing is looked for but containers whose worker is dead or has given them up.
 */
const SHIM = 'containerd-shim';

const ENDED_WITHIN_MS = 5_000;
const POLL_MS = 20;

interface Remain {
  readonly pid: number;
  /** With the pid it names a process for certain. */
  readonly startTime: string;
}

/**
 * Kills what is left on this machine of containers that their daemon does not know, and removes their cgroups. Returns how many processes there
 * were. Throws `sandbox-lost` when they do not end.
 */
export async function endRemains(containerIds: readonly string[]): Promise<number> {
  if (containerIds.length === 0) return 0;
  const giveUpAt = performance.now() + ENDED_WITHIN_MS;
  const seen = new Set<number>();
  for (;;) {
    const remains = remainsOf(new Set(containerIds));
    for (const remain of remains) {
      seen.add(remain.pid);
      kill(remain);
    }
    if (remains.length === 0 && (await areCgroupsRemoved(containerIds))) return seen.size;
    if (performance.now() > giveUpAt)
      throw new SandglassError(
        'sandbox-lost',
        `Containers that their daemon does not know (${containerIds.join(', ')}) were not ended within ${ENDED_WITHIN_MS} ms: ` +
          `processes ${remains.map(({pid}) => pid).join(', ') || 'none'}. Look for them with "ps -ef", and end them.`,
      );
    await delay(POLL_MS);
  }
}

function remainsOf(containerIds: ReadonlySet<string>): Remain[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const all = pids.map(Number).map((pid) => ({pid, ...statOf(pid)}));
  const shims = new Set(all.filter(({pid}) => isShimOf(pid, containerIds)).map(({pid}) => pid));
  const names = new Set([...containerIds].flatMap(cgroupNames));
  return all.filter(
    ({pid, parent, isDead}) => !isDead && (shims.has(pid) || shims.has(parent) || isInCgroup(pid, names)),
  );
}

/** proc_pid_stat(5). The name may hold anything; what follows its last bracket is fixed. */
function statOf(pid: number): {
  readonly startTime: string;
  readonly parent: number;
  readonly isDead: boolean;
} {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    startTime: fields[19] ?? '',
    parent: Number(fields[1] ?? 0),
    isDead: stat === '' || fields[0] === 'Z',
  };
}

function isShimOf(pid: number, containerIds: ReadonlySet<string>): boolean {
  const words = readOrEmpty(`/proc/${pid}/cmdline`).split('\0');
  if (!containerIds.has(words[words.indexOf('-id') + 1] ?? '')) return false;
  try {
    const isTrusted = [0, process.getuid?.()].includes(statSync(`/proc/${pid}`).uid);
    return isTrusted && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith(SHIM);
  } catch {
    // It has ended, or is another user's.
    return false;
  }
}

/** As daemons name them: Docker with the drivers cgroupfs and systemd, Podman. */
function cgroupNames(containerId: string): readonly string[] {
  return [containerId, `docker-${containerId}.scope`, `libpod-${containerId}`];
}

function isInCgroup(pid: number, names: ReadonlySet<string>): boolean {
  const lines = readOrEmpty(`/proc/${pid}/cgroup`).split('\n');
  return lines.some((line) => names.has(basename(line)));
}

function kill({pid, startTime}: Remain): void {
  // The number may be another's since it was read.
  if (statOf(pid).startTime !== startTime) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended meanwhile. EPERM shows when it does not end.
  }
}

/** False while something in one of them is still ending. */
async function areCgroupsRemoved(containerIds: readonly string[]): Promise<boolean> {
  const folders = await findFoldersNamed(new Set(containerIds.flatMap(cgroupNames)));
  const removals = await Promise.allSettled(folders.map((folder) => rmdir(folder)));
  return removals.every(
    (removal) =>
      removal.status === 'fulfilled' || ['ENOENT', 'EACCES', 'EPERM'].includes(removal.reason.code),
  );
}
