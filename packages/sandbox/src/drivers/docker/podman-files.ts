import {mkdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SandglassError} from '@sandglass/protocol';
import type {RootEntry} from '../shared/root-plan.ts';
import {SECCOMP_PROFILE} from './seccomp-profile.ts';

/** What Podman takes as files where Docker takes it in the request, or makes up by itself. */
export interface PodmanFiles {
  /** The system call filter. */
  readonly seccomp: string;
  /** Podman's own has the names and the address of the host. */
  readonly hosts: string;
  /** What RLIMIT_NPROC can be without a right that containers have not: this process's own, as the service is on the same machine. */
  readonly maxProcesses: number;
}

const HOSTS = '127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tsandbox\n';

/** Writes them, the same for every worker. Throws `configuration-invalid` when there is no folder for them. */
export async function writePodmanFiles(runDir: string | undefined): Promise<PodmanFiles> {
  if (runDir === undefined)
    throw new SandglassError(
      'configuration-invalid',
      'Cannot use a Podman daemon without a private folder for its system call filter. Give the docker driver a runDir.',
    );
  const folder = join(runDir, 'podman');
  await mkdir(folder, {recursive: true, mode: 0o700});
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, content, {mode: 0o644});
    // Containers that have the old one keep it.
    await rename(unfinished, path);
    return path;
  };
  return {
    seccomp: await write('seccomp.json', SECCOMP_PROFILE),
    hosts: await write('hosts', HOSTS),
    maxProcesses: await ownProcessLimit(),
  };
}

/** The hard limit; -1, as daemons understand it, for none. */
async function ownProcessLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max processes +\S+ +(\S+)/m.exec(limits)?.[1];
  return hard === undefined || hard === 'unlimited' ? -1 : Number(hard);
}

/** Its tmpfs has no owner, and runc gives it the mode of what it covers: the program's folder is everybody's, of whom there is nobody else. */
export function withOpenWork(entries: readonly RootEntry[]): readonly RootEntry[] {
  return entries.map((entry) =>
    entry.kind === 'directory' && entry.path === '/work' ? {...entry, mode: 0o1777} : entry,
  );
}
