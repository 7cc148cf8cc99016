/** Where the agent's program is inside a sandbox that a container runtime makes. */
export const AGENT_PATH = '/.sandglass-agent';

/** User and group of programs; the agent itself is user 0 inside, with three capabilities and no way to more. */
export const PROGRAM_ID = 1000;

/** What the agent keeps: to become the program's user, and to signal it. With the last one it empties the bounding set and gives it up. */
export const AGENT_CAPABILITIES = ['SETUID', 'SETGID', 'KILL', 'SETPCAP'] as const;

/** The agent's own memory: it is bounded together with the program where one cgroup holds both. */
export const AGENT_MEMORY_BYTES = 1024 * 1024;

/** Its place among the processes. */
export const AGENT_PROCESSES = 1;

/** Inodes cost kernel memory that is charged to the sandbox; one for each page, as a file that holds anything takes at least one. */
export function inodesFor(diskBytes: number): number {
  return Math.min(131_072, Math.max(1024, Math.ceil(diskBytes / 4096)));
}
